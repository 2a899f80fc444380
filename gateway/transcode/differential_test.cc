// Our translators against libprotobuf's own JSON, on many random messages.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/message_table.h"
#include "gateway/transcode/testdata/everything.pb.h"
#include "gateway/transcode/wire_to_json.h"

namespace jobmesh::gateway::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using testdata::Everything;

// A million takes minutes: JOBMESH_TEST_MESSAGES=1000000.
int MessageCount() {
  const char* const given = std::getenv("JOBMESH_TEST_MESSAGES");
  return given != nullptr ? std::atoi(given) : 20'000;
}

constexpr int kMaxDepth = 2;

// Fills messages at random; the same seed gives the same messages.
class RandomMessages {
 public:
  explicit RandomMessages(std::uint32_t seed) : engine_(seed) {}

  void Fill(Message* message, int depth = 0) {
    const Descriptor& descriptor = *message->GetDescriptor();
    const std::string& name = descriptor.full_name();
    if (name == "google.protobuf.Timestamp") {
      Set(message, "seconds", Between(-62'135'596'800, 253'402'300'799));
      Set(message, "nanos", Nanos());
    } else if (name == "google.protobuf.Duration") {
      const std::int64_t sign = Chance(2) ? -1 : 1;
      Set(message, "seconds", sign * Between(0, 315'575'999'999));
      Set(message, "nanos", sign * Nanos());
    } else if (name == "google.protobuf.FieldMask") {
      auto* mask = static_cast<google::protobuf::FieldMask*>(message);
      for (std::int64_t i = Between(0, 3); i > 0; --i) {
        mask->add_paths(Chance(2) ? "some_field" : "outer_part.inner_part");
      }
    } else if (name == "google.protobuf.Any") {
      Everything inner;
      if (depth < kMaxDepth) Fill(&inner, depth + 1);
      static_cast<google::protobuf::Any*>(message)->PackFrom(inner);
    } else if (name == "google.protobuf.Value") {
      FillValue(static_cast<google::protobuf::Value*>(message), depth);
    } else {
      for (int i = 0; i < descriptor.field_count(); ++i) {
        if (Chance(8)) FillField(message, *descriptor.field(i), depth);
      }
    }
  }

 private:
  bool Chance(int one_in) { return Between(0, one_in - 1) == 0; }
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  std::int64_t Nanos() {
    constexpr std::int64_t kSteps[] = {1, 1'000, 1'000'000};
    return Chance(3) ? 0 : Between(0, 999) * kSteps[Between(0, 2)];
  }
  static void Set(Message* message, const char* field, std::int64_t value) {
    const FieldDescriptor* descriptor = message->GetDescriptor()->FindFieldByName(field);
    if (descriptor->type() == FieldDescriptor::TYPE_INT64) {
      message->GetReflection()->SetInt64(message, descriptor, value);
    } else {
      message->GetReflection()->SetInt32(message, descriptor, static_cast<std::int32_t>(value));
    }
  }

  std::uint64_t Integer() {
    switch (Between(0, 3)) {
      case 0:
        return static_cast<std::uint64_t>(Between(-3, 3));
      case 1:
        return std::uint64_t{1} << Between(0, 63);
      case 2:
        return ~(std::uint64_t{1} << Between(0, 63));
      default:
        return engine_() | static_cast<std::uint64_t>(engine_()) << 32;
    }
  }
  double Real() {
    switch (Between(0, 4)) {
      case 0:
        return static_cast<double>(Between(-1000, 1000));
      case 1:
        return static_cast<double>(Between(-100'000, 100'000)) / 100;
      case 2:
        return std::ldexp(static_cast<double>(engine_()), static_cast<int>(Between(-150, 80)));
      case 3:
        return std::numeric_limits<double>::quiet_NaN();
      default:
        return Chance(2) ? HUGE_VAL : -HUGE_VAL;
    }
  }
  std::string Text() {
    static const char* const kPieces[] = {"a",
                                          "job",
                                          " ",
                                          "\"",
                                          "\\",
                                          "/",
                                          "\n",
                                          "\t",
                                          "é",
                                          "мова",
                                          "日本",
                                          "😀",
                                          "<b>&amp;",
                                          "\b",
                                          "\f",
                                          std::string_view("\0", 1).data(),
                                          "\r",
                                          "\x1f",
                                          "\x7f",
                                          "’",
                                          "plain longer text without anything special in it"};
    std::string text;
    for (std::int64_t i = Between(0, 4); i > 0; --i) {
      text += kPieces[Between(0, std::size(kPieces) - 1)];
    }
    return text;
  }
  std::string Bytes() {
    std::string bytes;
    for (std::int64_t i = Between(0, 9); i > 0; --i) {
      bytes.push_back(static_cast<char>(Between(-128, 127)));
    }
    return bytes;
  }

  void FillValue(google::protobuf::Value* value, int depth) {
    switch (Between(0, depth < kMaxDepth ? 5 : 3)) {
      case 0:
        value->set_null_value(google::protobuf::NULL_VALUE);
        break;
      case 1:
        value->set_number_value(static_cast<double>(Between(-100'000, 100'000)) / 8);
        break;
      case 2:
        value->set_string_value(Text());
        break;
      case 3:
        value->set_bool_value(Chance(2));
        break;
      case 4:
        for (std::int64_t i = Between(0, 3); i > 0; --i) {
          FillValue(&(*value->mutable_struct_value()->mutable_fields())[Text()], depth + 1);
        }
        value->mutable_struct_value();
        break;
      default:
        for (std::int64_t i = Between(0, 3); i > 0; --i) {
          FillValue(value->mutable_list_value()->add_values(), depth + 1);
        }
        value->mutable_list_value();
        break;
    }
  }

  void FillField(Message* message, const FieldDescriptor& field, int depth) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && depth >= kMaxDepth) return;
    if (field.is_map()) {
      // Entries of one key would make what libprotobuf keeps of them a matter of luck.
      Message* entry = message->GetReflection()->AddMessage(message, &field);
      Put(entry, *field.message_type()->map_key(), depth);
      if (field.message_type()->map_value()->message_type() == nullptr ||
          field.message_type()->map_value()->message_type()->full_name() ==
              "google.protobuf.Value") {
        Put(entry, *field.message_type()->map_value(), depth);
      }
      return;
    }
    const std::int64_t count = field.is_repeated() ? Between(1, 3) : 1;
    for (std::int64_t i = 0; i < count; ++i) Put(message, field, depth);
  }

  // Sets a singular field, or adds one value to a list.
  void Put(Message* message, const FieldDescriptor& field, int depth) {
    const Reflection& reflection = *message->GetReflection();
    const bool list = field.is_repeated();
    const std::uint64_t integer = Integer();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = static_cast<std::int32_t>(integer);
        list ? reflection.AddInt32(message, &field, value)
             : reflection.SetInt32(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const auto value = static_cast<std::int64_t>(integer);
        list ? reflection.AddInt64(message, &field, value)
             : reflection.SetInt64(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto value = static_cast<std::uint32_t>(integer);
        list ? reflection.AddUInt32(message, &field, value)
             : reflection.SetUInt32(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_UINT64:
        list ? reflection.AddUInt64(message, &field, integer)
             : reflection.SetUInt64(message, &field, integer);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double value = Real();
        list ? reflection.AddDouble(message, &field, value)
             : reflection.SetDouble(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const auto value = static_cast<float>(Real());
        list ? reflection.AddFloat(message, &field, value)
             : reflection.SetFloat(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        list ? reflection.AddBool(message, &field, Chance(2))
             : reflection.SetBool(message, &field, Chance(2));
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        constexpr int kColors[] = {0, 1, 2, -5, 77};
        const int value = field.enum_type()->full_name() == "google.protobuf.NullValue"
                              ? 0
                              : kColors[Between(0, 4)];
        list ? reflection.AddEnumValue(message, &field, value)
             : reflection.SetEnumValue(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string value = field.type() == FieldDescriptor::TYPE_BYTES ? Bytes() : Text();
        list ? reflection.AddString(message, &field, value)
             : reflection.SetString(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(list ? reflection.AddMessage(message, &field)
                  : reflection.MutableMessage(message, &field),
             depth + 1);
        break;
    }
  }

  std::mt19937 engine_;
};

// What a field without presence is printed as when it is not set; libprotobuf can print those too,
// but then drops optional fields that are set.
bool IsDefault(const nlohmann::json& value) {
  return value.is_null() || value == 0 || value == false || value == "" || value == "0" ||
         value == "COLOR_NONE" || ((value.is_array() || value.is_object()) && value.empty());
}

// Whether `ours` says the same as `theirs`: members may be added with their default, and numbers be
// written with as many digits as a float has.
bool SameJson(const nlohmann::json& ours, const nlohmann::json& theirs) {
  if (ours.is_number() && theirs.is_number()) {
    return ours == theirs ||
           static_cast<float>(ours.get<double>()) == static_cast<float>(theirs.get<double>());
  }
  if (ours.type() != theirs.type()) return false;
  if (ours.is_array()) {
    return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), SameJson);
  }
  if (!ours.is_object()) return ours == theirs;
  for (const auto& [key, value] : theirs.items()) {
    if (!ours.contains(key) || !SameJson(ours[key], value)) return false;
  }
  for (const auto& [key, value] : ours.items()) {
    if (!theirs.contains(key) && !IsDefault(value)) return false;
  }
  return true;
}

const MessageTable& Table() {
  static const auto tables = TypeTables::Compile({Everything::descriptor()->file()});
  return *tables->Find("jobmesh.gateway.testdata.Everything");
}

void CheckPrinting(const std::string& ours, const std::string& theirs) {
  const auto parsed = nlohmann::json::parse(ours, nullptr, false);
  ASSERT_FALSE(parsed.is_discarded()) << ours;
  ASSERT_TRUE(SameJson(parsed, nlohmann::json::parse(theirs))) << ours << "\n" << theirs;
}

// The bytes we make of `json` must be `expected`.
void CheckParsing(const std::string& json, const Everything& expected) {
  std::string wire;
  const absl::Status status = JsonToWire(Table(), json, {}, &wire);
  ASSERT_TRUE(status.ok()) << status << "\n" << json;
  Everything parsed;
  ASSERT_TRUE(parsed.ParseFromString(wire)) << json;
  ASSERT_EQ(parsed.DebugString(), expected.DebugString()) << json;
}

TEST(Differential, RandomMessages_TranslateBothWaysAsLibprotobufDoes) {
  const int count = MessageCount();
  ASSERT_GT(count, 0);
  RandomMessages random(20260417);
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    Everything message;
    random.Fill(&message);
    std::string theirs;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &theirs).ok());
    Everything theirs_back;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(theirs, &theirs_back).ok());
    std::string ours;
    const absl::Status status = WireToJson(Table(), message.SerializeAsString(), {}, &ours);
    ASSERT_TRUE(status.ok()) << status << message.DebugString();
    CheckPrinting(ours, theirs);
    CheckParsing(theirs, theirs_back);
    CheckParsing(ours, message);
  }
}

}  // namespace
}  // namespace jobmesh::gateway::transcode
