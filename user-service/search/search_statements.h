#pragma once

#include <string>

#include "runtime/postgres/query.h"

namespace jobmesh::user {

// A statement put together from pieces of sql/search.sql.
class SearchStatement {
 public:
  SearchStatement(const char* name, std::string text) : name_(name), text_(std::move(text)) {}
  // Valid as long as this object.
  runtime::postgres::Query query() const { return {name_, text_.c_str()}; }

 private:
  const char* name_;
  std::string text_;
};

// Every statement of the job search. "Few" and "many" are the two plans for matches up to 5,000 and
// for more; see sql/search.sql. Immutable.
struct SearchStatements {
  SearchStatements();

  SearchStatement count;
  SearchStatement newest_few;
  SearchStatement newest_many;
  SearchStatement salary;
  SearchStatement relevance_few;
  SearchStatement relevance_many;
  SearchStatement facets_few;
  SearchStatement facets_many;
};

}  // namespace jobmesh::user
