#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::sources {

// Reading JSON of others: an absent field, null and a wrong type are all "not there".

// The field of an object; a shared null when the value is no object or has no such field.
const nlohmann::json& Field(const nlohmann::json& object, const char* name);

// A text, or a number as text; nullopt otherwise, and for an empty text.
std::optional<std::string> Text(const nlohmann::json& value);
// The same of an object's field; "" when not there.
std::string TextField(const nlohmann::json& object, const char* name);

// A number, or a text that is one ("85000", "85,000.50"); nullopt otherwise.
std::optional<double> Number(const nlohmann::json& value);

// Texts of an array, or of a text that lists them with commas.
std::vector<std::string> TextList(const nlohmann::json& value);
// TextList with ", " between.
std::optional<std::string> JoinedText(const nlohmann::json& value);

// "HOUR", "DAY", "WEEK", "MONTH" or "YEAR" for what sources write ("hourly", "per-year-salary", "1
// YEAR", "ANN"); empty when it is none of them.
std::string SalaryPeriod(std::string_view stated);

// Sets description and its format; HTML that was escaped becomes HTML again.
void SetDescription(RawPosting& posting, std::string text);

}  // namespace jobmesh::scraper::sources
