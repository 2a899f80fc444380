#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"

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
  // `url`: http:// or https://.
  RandomUsers(runtime::postgres::Pool& pool, const std::string& url);

  // One person, within seconds. UNAVAILABLE when the upstream does not answer with one.
  absl::StatusOr<Person> Fetch() const;
  static absl::StatusOr<StoredPerson> StoreIn(runtime::postgres::Tx& tx, const Person& person);
  // Both.
  absl::StatusOr<StoredPerson> FetchAndStore();

 private:
  runtime::postgres::Pool& pool_;
  std::string host_;  // with the scheme
  std::string path_;
};

}  // namespace jobmesh::scraper::parsing
