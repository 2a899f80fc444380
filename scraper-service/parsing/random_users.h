#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"
#include "scraper-service/fetch/url.h"

namespace jobmesh::scraper::parsing {

// A person as the upstream describes it.
struct Person {
  std::string email;
  std::string first_name;
  std::string last_name;
};

// A person that is stored.
struct StoredPerson {
  int id = 0;
  Person person;
};

// {"id", "email", "first_name", "last_name"}
std::string PersonJson(const StoredPerson& stored);

// People from an upstream that answers as randomuser.me does. Thread-safe.
class RandomUsers {
 public:
  RandomUsers(runtime::postgres::Pool& pool, fetch::Url upstream)
      : pool_(pool), upstream_(std::move(upstream)) {}

  // One person, within seconds. UNAVAILABLE when the upstream does not answer with one.
  absl::StatusOr<Person> Fetch() const;
  static absl::StatusOr<StoredPerson> StoreIn(runtime::postgres::Tx& tx, const Person& person);
  // Both.
  absl::StatusOr<StoredPerson> FetchAndStore();

 private:
  runtime::postgres::Pool& pool_;
  const fetch::Url upstream_;
};

}  // namespace jobmesh::scraper::parsing
