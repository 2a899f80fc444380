#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/posting_vocabulary.h"
#include "tests/support/random.h"

namespace jobmesh::testing {

// What the text of a posting is to say.
struct ProseFacts {
  std::string_view title;
  std::string_view company;
  std::string_view city;  // may be empty
  Words tasks;
  const std::vector<std::string>& skills;  // named exactly once each, in this order
  std::string_view experience;             // "3-5 years"; empty: not mentioned
  std::string_view salary;                 // empty: not mentioned
  std::string_view employment_type;        // as in PostingTruth
  std::string_view remote_mode;            // as in PostingTruth
  std::string_view reference;              // requisition number; empty: none
  bool html = false;
  bool romanian = false;
};

// A description of a few hundred words: an introduction, duties, requirements, what is offered. As
// HTML it is a fragment that is well-formed XML; as text it has bullets and blank lines.
std::string WriteDescription(Random& random, const ProseFacts& facts);

}  // namespace jobmesh::testing
