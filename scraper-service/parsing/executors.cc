#include "scraper-service/parsing/executors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "scraper-service/parsing/page_reader.h"
#include "scraper-service/parsing/parsed_document.h"

namespace jobmesh::scraper::parsing {
namespace {

using nlohmann::json;
using runtime::postgres::Tx;
using tasks::Outcome;
using tasks::TaskRun;

Outcome FetchUser(TaskRun&, RandomUsers& users) {
  absl::StatusOr<Person> person = users.Fetch();
  if (!person.ok()) {
    return Outcome::Fail(person.status());
  }
  return Outcome::CompleteWith(
      [person = *std::move(person)](Tx& tx) -> absl::StatusOr<std::string> {
        ASSIGN_OR_RETURN(const StoredPerson stored, RandomUsers::StoreIn(tx, person));
        return PersonJson(stored);
      });
}

Outcome CompleteParsed(json parsed) {
  return Outcome::Complete(json{{"parsed_data", std::move(parsed)}}.dump(
      -1, ' ', false, json::error_handler_t::replace));
}

Outcome ParsePage(TaskRun& run, const std::string& url, const ExecutorParts& parts) {
  if (absl::Status shown = run.SetPhase("fetching"); !shown.ok()) {
    return Outcome::Fail(shown);
  }
  const absl::StatusOr<Page> page = ReadPage(parts.fetcher, url, run.cancel());
  if (!page.ok()) {
    return Outcome::Fail(page.status());
  }
  json parsed = ParsePostings(page->postings, *parts.vocabulary.Get(), absl::Now());
  parsed["url"] = page->url;
  return CompleteParsed(std::move(parsed));
}

Outcome Parse(TaskRun& run, const ExecutorParts& parts) {
  const json document = json::parse(run.task().payload, nullptr, /*allow_exceptions=*/false);
  absl::StatusOr<Wanted> wanted = ReadDocument(document);
  if (!wanted.ok()) {
    return Outcome::GiveUp(wanted.status());
  }
  if (std::holds_alternative<PersonWanted>(*wanted)) {
    return FetchUser(run, parts.users);
  }
  if (const auto* page = std::get_if<PageWanted>(&*wanted)) {
    return ParsePage(run, page->url, parts);
  }
  return CompleteParsed(
      ParsePostings({std::get<RawPosting>(*wanted)}, *parts.vocabulary.Get(), absl::Now()));
}

}  // namespace

tasks::Handler MakeParseExecutor(ExecutorParts parts) {
  return [parts](TaskRun& run) { return Parse(run, parts); };
}

tasks::Handler MakeFetchUserExecutor(RandomUsers& users) {
  return [&users](TaskRun& run) { return FetchUser(run, users); };
}

}  // namespace jobmesh::scraper::parsing
