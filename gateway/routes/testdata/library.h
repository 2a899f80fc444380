#pragma once

#include <string>

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

// Test support: descriptors of invented services, as they register them.
namespace jobmesh::gateway::routes::testdata {

inline constexpr char kMessages[] = R"(
    message Author { string name = 1; repeated string aliases = 2; }
    message Book { int64 id = 1; string title = 2; Author author = 3; repeated string tags = 4; }
    message GetRequest {
      string name = 1; Author author = 2; repeated int32 ids = 3; map<string, string> labels = 4;
    }
    message UpdateRequest { Book book = 1; google.protobuf.FieldMask update_mask = 2; }
    message BookList { repeated Book books = 1; int32 total = 2; }
)";

// The FileDescriptorSet of one file with a service Library; imports are left to the Catalog.
inline std::string Descriptors(const std::string& rpcs, const std::string& service_options = "",
                               const std::string& package = "library.v1") {
  const std::string text =
      "syntax = \"proto3\"; package " + package +
      ";\n"
      "import \"google/api/annotations.proto\"; import \"google/protobuf/field_mask.proto\";"
      "import \"jobmesh/options/v1/options.proto\";" +
      kMessages + "service Library {" + service_options + rpcs + "}";
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  google::protobuf::io::Tokenizer tokenizer(&input, nullptr);
  google::protobuf::FileDescriptorSet set;
  set.add_file()->set_name(package + ".proto");
  EXPECT_TRUE(google::protobuf::compiler::Parser().Parse(&tokenizer, set.mutable_file(0))) << text;
  return set.SerializeAsString();
}

// An rpc with an http rule, open to all.
inline std::string Rpc(const std::string& name, const std::string& rule,
                       const std::string& request = "GetRequest", const std::string& more = "") {
  return "rpc " + name + "(" + request + ") returns (BookList) {" + "option (google.api.http) = {" +
         rule + "};" + "option (jobmesh.options.v1.auth) = PUBLIC;" + more + "}\n";
}

}  // namespace jobmesh::gateway::routes::testdata
