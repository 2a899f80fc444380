// JSON to wire bytes and back: the gateway's transcoder beside libprotobuf's JSON, on one answer of
// 20 postings; and what hostile bodies cost.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/message_table.h"
#include "gateway/transcode/testdata/everything.pb.h"
#include "gateway/transcode/wire_to_json.h"
#include "jobmesh/search/v1/search.pb.h"

namespace jobmesh::gateway::transcode {
namespace {

using search::v1::SearchJobsResponse;

template <typename Message>
const MessageTable& TableOf() {
  static const auto tables = TypeTables::Compile({Message::descriptor()->file()});
  return *tables->Find(Message::descriptor()->full_name());
}

// 20 postings, about 7.1 KB as JSON.
SearchJobsResponse Answer() {
  SearchJobsResponse answer;
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    auto& job = *answer.add_jobs();
    job.set_job_id("0190f0a2-7c3e-7b1a-9d4e-0000000000" + std::to_string(10 + i));
    job.set_title("Senior C++ engineer, routing " + n);
    job.set_company("Harbour & Sons");
    job.set_location("Malmö, Sweden");
    job.set_description("You keep \"timetables\" honest.");
    job.set_date_posted("2026-04-17T08:30:00Z");
    job.set_salary_min(45'000 + 500 * i);
    job.set_salary_max(61'250.5 + 500 * i);
    job.set_currency("EUR");
    job.add_skills("C++");
    job.add_skills("gRPC");
    job.set_link("https://jobs.example/p/" + n);
    job.set_source("sample");
  }
  answer.set_next_page_token("bmV4dA");
  answer.set_total(431);
  answer.set_total_is_exact(true);
  return answer;
}

const std::string& Wire() {
  static const std::string wire = Answer().SerializeAsString();
  return wire;
}

const std::string& Json() {
  static const std::string json = [] {
    std::string text;
    if (!WireToJson(TableOf<SearchJobsResponse>(), Wire(), {}, &text).ok()) std::abort();
    return text;
  }();
  return json;
}

void Check(benchmark::State& state, bool ok) {
  if (!ok) state.SkipWithError("the translation failed");
}

void ReportSize(benchmark::State& state) {
  state.counters["json_bytes"] = static_cast<double>(Json().size());
  state.counters["wire_bytes"] = static_cast<double>(Wire().size());
}

void WireToJsonOurs(benchmark::State& state) {
  const MessageTable& table = TableOf<SearchJobsResponse>();
  while (state.KeepRunning()) {
    std::string json;
    Check(state, WireToJson(table, Wire(), {}, &json).ok());
    benchmark::DoNotOptimize(json);
  }
  ReportSize(state);
}

void WireToJsonLibprotobuf(benchmark::State& state) {
  while (state.KeepRunning()) {
    SearchJobsResponse answer;
    std::string json;
    Check(state, answer.ParseFromString(Wire()) &&
                     google::protobuf::util::MessageToJsonString(answer, &json).ok());
    benchmark::DoNotOptimize(json);
  }
  ReportSize(state);
}

void JsonToWireOurs(benchmark::State& state) {
  const MessageTable& table = TableOf<SearchJobsResponse>();
  while (state.KeepRunning()) {
    std::string wire;
    Check(state, JsonToWire(table, Json(), {}, &wire).ok());
    benchmark::DoNotOptimize(wire);
  }
  ReportSize(state);
}

void JsonToWireLibprotobuf(benchmark::State& state) {
  while (state.KeepRunning()) {
    SearchJobsResponse answer;
    std::string wire;
    Check(state, google::protobuf::util::JsonStringToMessage(Json(), &answer).ok() &&
                     answer.SerializeToString(&wire));
    benchmark::DoNotOptimize(wire);
  }
  ReportSize(state);
}

std::string Repeat(const std::string& piece, std::size_t size) {
  std::string text;
  while (text.size() < size) text += piece;
  return text;
}

// Bodies made to hurt, of about a megabyte each.
std::vector<std::pair<std::string, std::string>> HostileBodies() {
  constexpr std::size_t kSize = 1'000'000;
  std::string map = "{\"labels\":{";
  for (int i = 0; map.size() < kSize; ++i) map += '"' + std::to_string(i) + "\":\"\",";
  const std::string nested = Repeat("{\"nested\":", 10 * 60) + "{}" + std::string(60, '}');
  return {
      {"lists_in_lists", "{\"anyJson\":" + std::string(kSize, '[')},
      {"objects_in_objects", Repeat("{\"nested\":", kSize)},
      {"deep_messages", "{\"children\":[" + Repeat(nested + ',', kSize) + "{}]}"},
      {"empty_messages", "{\"children\":[" + Repeat("{},", kSize) + "{}]}"},
      {"many_keys", map + "\"x\":\"\"}}"},
      {"escapes", "{\"stringValue\":\"" + Repeat("\\u00e9", kSize) + "\"}"},
      {"digits", "{\"int32Value\":1." + std::string(kSize, '0') + "}"},
      {"unknown_name", "{\"" + std::string(kSize, 'q') + "\":1}"},
  };
}

void Hostile(benchmark::State& state, const std::string& body) {
  const MessageTable& table = TableOf<testdata::Everything>();
  while (state.KeepRunning()) {
    std::string wire;
    benchmark::DoNotOptimize(JsonToWire(table, body, {}, &wire));
  }
  state.counters["body_bytes"] = static_cast<double>(body.size());
}

void RegisterAll() {
  benchmark::RegisterBenchmark("wire_to_json/ours", WireToJsonOurs);
  benchmark::RegisterBenchmark("wire_to_json/libprotobuf", WireToJsonLibprotobuf);
  benchmark::RegisterBenchmark("json_to_wire/ours", JsonToWireOurs);
  benchmark::RegisterBenchmark("json_to_wire/libprotobuf", JsonToWireLibprotobuf);
  for (const auto& [name, body] : HostileBodies()) {
    benchmark::RegisterBenchmark(("hostile/" + name).c_str(),
                                 [body = body](benchmark::State& state) { Hostile(state, body); });
  }
}

}  // namespace
}  // namespace jobmesh::gateway::transcode

int main(int argc, char** argv) {
  jobmesh::gateway::transcode::RegisterAll();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
