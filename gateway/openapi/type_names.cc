#include "gateway/openapi/type_names.h"

#include <algorithm>
#include <set>

namespace jobmesh::gateway::openapi {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;

std::string Definition(const EnumDescriptor* type) { return type->DebugString(); }

// The text of a message and of every type that it refers to, in the order they are met.
std::string Definition(const Descriptor* type) {
  std::string text;
  std::set<TypeNames::Type> seen{type};
  std::vector<const Descriptor*> waiting{type};
  while (!waiting.empty()) {
    const Descriptor& message = *waiting.back();
    waiting.pop_back();
    text += message.full_name() + ' ' + message.DebugString();
    for (int i = 0; i < message.field_count(); ++i) {
      const Descriptor* inner = message.field(i)->message_type();
      const EnumDescriptor* enumeration = message.field(i)->enum_type();
      if (inner != nullptr && seen.insert(inner).second) waiting.push_back(inner);
      if (enumeration != nullptr && seen.insert(enumeration).second) {
        text += enumeration->full_name() + ' ' + enumeration->DebugString();
      }
    }
  }
  return text;
}

std::string DefinitionOf(TypeNames::Type type) {
  return std::visit([](const auto* descriptor) { return Definition(descriptor); }, type);
}

}  // namespace

std::string TypeNames::NameOf(Type type) {
  if (const auto found = names_.find(type); found != names_.end()) return found->second;
  const std::string& full_name = std::visit(
      [](const auto* descriptor) -> const std::string& { return descriptor->full_name(); }, type);
  std::vector<Known>& known = by_full_name_[full_name];
  // Definitions are made only where a second service has a type of this name.
  std::string definition;
  if (!known.empty()) {
    if (known.front().definition.empty()) {
      known.front().definition = DefinitionOf(known.front().type);
    }
    definition = DefinitionOf(type);
  }
  auto same = std::find_if(known.begin(), known.end(), [&definition](const Known& other) {
    return other.definition == definition;
  });
  if (same == known.end()) same = known.insert(same, {type, std::move(definition)});
  const auto number = same - known.begin() + 1;
  return names_[type] = number == 1 ? full_name : full_name + "-" + std::to_string(number);
}

}  // namespace jobmesh::gateway::openapi
