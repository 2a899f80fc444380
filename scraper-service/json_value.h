#pragma once

#include <string>

#include "google/protobuf/struct.pb.h"
#include "nlohmann/json.hpp"

namespace jobmesh::scraper {

// Between JSON as messages carry it and JSON as we work with it. Whole numbers below 9e15 become
// integers; nothing (an unset value) is null.
nlohmann::json ToJson(const google::protobuf::Value& value);
google::protobuf::Value ToValue(const nlohmann::json& json);
// Of an object; empty for everything else.
google::protobuf::Struct ToStruct(const nlohmann::json& json);

// The text that an object has by this name; empty when it has none, or for what is no object.
std::string TextMember(const nlohmann::json& object, const char* name);

// Whether a key or a text anywhere within holds U+0000, which PostgreSQL's jsonb does not take.
bool HasZeroCharacter(const nlohmann::json& json);

}  // namespace jobmesh::scraper
