#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// The other servers that the mesh calls besides job boards.

// `count` invented people as {"results":
// [{"gender","name":{"title","first","last"},"location","email","login",
// "dob","registered","phone","nat"}], "info": {...}}. Equal seeds give equal people.
Page RandomUsers(uint64_t seed, int count);

// What a provider of a site answers for a day ("YYYY-MM-DD"): an array of 8 to 20 objects with id,
// supplier, date, status, confirmed, score, title, company, location, description, url. Equal
// arguments give equal answers; some objects lack score or confirmed, as real ones do.
Page ProviderItems(std::string_view origin, std::string_view site, std::string_view provider,
                   std::chrono::sys_days day);

// Midnight of "YYYY-MM-DD"; nothing when `text` is no date.
std::optional<std::chrono::sys_days> ParseDay(std::string_view text);

}  // namespace jobmesh::testing
