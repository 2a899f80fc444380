#include "scraper-service/json_value.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace jobmesh::scraper {

using google::protobuf::Struct;
using google::protobuf::Value;
using Json = nlohmann::json;

Json ToJson(const Value& value) {
  switch (value.kind_case()) {
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kNumberValue: {
      const double number = value.number_value();
      if (number == std::floor(number) && std::abs(number) < 9e15) {
        return static_cast<int64_t>(number);
      }
      return number;
    }
    case Value::kStringValue:
      return value.string_value();
    case Value::kListValue: {
      Json list = Json::array();
      for (const Value& member : value.list_value().values()) {
        list.push_back(ToJson(member));
      }
      return list;
    }
    case Value::kStructValue: {
      Json object = Json::object();
      for (const auto& [name, member] : value.struct_value().fields()) {
        object[name] = ToJson(member);
      }
      return object;
    }
    default:
      return nullptr;
  }
}

Value ToValue(const Json& json) {
  Value value;
  if (json.is_boolean()) {
    value.set_bool_value(json.get<bool>());
  } else if (json.is_number()) {
    value.set_number_value(json.get<double>());
  } else if (json.is_string()) {
    value.set_string_value(json.get<std::string>());
  } else if (json.is_array()) {
    auto* list = value.mutable_list_value();
    for (const Json& member : json) {
      *list->add_values() = ToValue(member);
    }
  } else if (json.is_object()) {
    *value.mutable_struct_value() = ToStruct(json);
  } else {
    value.set_null_value(google::protobuf::NULL_VALUE);
  }
  return value;
}

Struct ToStruct(const Json& json) {
  Struct object;
  if (json.is_object()) {
    for (const auto& [name, member] : json.items()) {
      (*object.mutable_fields())[name] = ToValue(member);
    }
  }
  return object;
}

std::string TextMember(const Json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

bool HasZeroCharacter(const Json& json) {
  if (json.is_string()) {
    return json.get_ref<const std::string&>().find('\0') != std::string::npos;
  }
  if (json.is_object()) {
    for (const auto& [name, member] : json.items()) {
      if (name.find('\0') != std::string::npos || HasZeroCharacter(member)) {
        return true;
      }
    }
    return false;
  }
  return json.is_array() && std::ranges::any_of(json, HasZeroCharacter);
}

}  // namespace jobmesh::scraper
