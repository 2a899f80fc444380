#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace jobmesh::gateway::openapi {

// Names of component schemas. A type is named by its full name, `jobmesh.search.v1.Job`, which
// stays the same whatever else is in the mesh. Where services of the mesh have different types of
// one name, all but the first get a number: `jobmesh.search.v1.Job-2`. Not thread-safe.
class TypeNames {
 public:
  using Type =
      std::variant<const google::protobuf::Descriptor*, const google::protobuf::EnumDescriptor*>;

  // `type` must outlive this.
  std::string NameOf(Type type);

 private:
  struct Known {
    Type type;
    std::string definition;
  };
  std::map<std::string, std::vector<Known>> by_full_name_;
  std::map<Type, std::string> names_;
};

}  // namespace jobmesh::gateway::openapi
