#include "scraper-service/parsing/random_users.h"

#include "absl/strings/str_cat.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/status_macros.h"

namespace jobmesh::scraper::parsing {
namespace {

using nlohmann::json;
using runtime::postgres::Tx;

constexpr int kTimeoutSeconds = 5;

// A text at a path of members; "" when it is not there, or nothing that can be stored.
std::string TextAt(const json& object, std::initializer_list<const char*> path) {
  const json* at = &object;
  for (const char* name : path) {
    const auto member = at->find(name);
    if (!at->is_object() || member == at->end()) {
      return "";
    }
    at = &*member;
  }
  std::string text = at->is_string() ? at->get<std::string>() : "";
  return text.find('\0') == std::string::npos ? text : "";
}

}  // namespace

std::string PersonJson(const StoredPerson& stored) {
  return json{{"id", stored.id},
              {"email", stored.person.email},
              {"first_name", stored.person.first_name},
              {"last_name", stored.person.last_name}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<Person> RandomUsers::Fetch() const {
  httplib::Client client(upstream_.Origin());
  client.set_connection_timeout(kTimeoutSeconds);
  client.set_read_timeout(kTimeoutSeconds);
  client.set_follow_location(true);
  const httplib::Result answer = client.Get(upstream_.target);
  if (!answer || answer->status != 200) {
    return absl::UnavailableError(absl::StrCat(
        upstream_.ToString(), " does not answer with a person: ",
        answer ? absl::StrCat("status ", answer->status) : httplib::to_string(answer.error())));
  }
  const json body = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("results") || !body["results"].is_array() ||
      body["results"].empty()) {
    return absl::UnavailableError(absl::StrCat(upstream_.ToString(), " answers without results"));
  }
  const json& first = body["results"][0];
  Person person{TextAt(first, {"email"}), TextAt(first, {"name", "first"}),
                TextAt(first, {"name", "last"})};
  if (person.email.empty() || person.first_name.empty() || person.last_name.empty()) {
    return absl::UnavailableError(
        absl::StrCat(upstream_.ToString(), " answers with a person without e-mail or name"));
  }
  return person;
}

absl::StatusOr<StoredPerson> RandomUsers::StoreIn(Tx& tx, const Person& person) {
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kAddParsedUser, person.email,
                                                 person.first_name, person.last_name));
  return StoredPerson{rows[0]["parsed_user_id"].as<int>(), person};
}

absl::StatusOr<StoredPerson> RandomUsers::FetchAndStore() {
  ASSIGN_OR_RETURN(const Person person, Fetch());
  return pool_.InTransaction(
      [&](Tx& tx) -> absl::StatusOr<StoredPerson> { return StoreIn(tx, person); });
}

}  // namespace jobmesh::scraper::parsing
