#include "tests/support/sample_board/control_api.h"

#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/posting_wording.h"
#include "tests/support/sample_board/responses.h"

namespace jobmesh::testing {
namespace {

using Json = nlohmann::ordered_json;

// The parts that fail together when a request names none.
std::vector<std::string> AllBoards() {
  std::vector<std::string> names;
  for (Board board : kBoards) names.emplace_back(BoardName(board));
  return names;
}

bool IsPart(const std::string& name) {
  return ParseBoard(name) || name == "robots" || name == "api" || name == "apis" ||
         name == "sites" || name.starts_with("sites/");
}

void SendJson(const Json& json, httplib::Response* response, int status = 200) {
  response->status = status;
  response->set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n",
                        "application/json");
}

void SendError(const std::string& error, httplib::Response* response, int status = 400) {
  SendJson({{"error", error}}, response, status);
}

// Reads members of a JSON object and remembers the first mistake and any name that nobody asked
// for.
class BodyReader {
 public:
  explicit BodyReader(const std::string& body) : json_(Json::parse(body, nullptr, false)) {
    if (!json_.is_object()) error_ = "the body must be a JSON object";
  }

  std::optional<std::string> Text(const char* name) {
    const Json* value = Take(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    Fail(name, "must be a string");
    return std::nullopt;
  }

  std::optional<double> Number(const char* name) {
    const Json* value = Take(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number()) return value->get<double>();
    Fail(name, "must be a number");
    return std::nullopt;
  }

  std::optional<std::vector<std::string>> Texts(const char* name) {
    const Json* value = Take(name);
    if (value == nullptr) return std::nullopt;
    std::vector<std::string> texts;
    bool right = value->is_array();
    if (right) {
      for (const Json& item : *value) {
        right = right && item.is_string() && !item.get_ref<const std::string&>().empty();
        if (right) texts.push_back(item.get<std::string>());
      }
    }
    if (right) return texts;
    Fail(name, "must be an array of non-empty strings");
    return std::nullopt;
  }

  // A posting's id: "100001" or 100001.
  std::optional<uint64_t> Id(const char* name) {
    const Json* value = Take(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned()) return value->get<uint64_t>();
    if (value->is_string()) {
      const auto& text = value->get_ref<const std::string&>();
      uint64_t number = 0;
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc() && end == text.data() + text.size()) return number;
    }
    Fail(name, "must be the id of a posting");
    return std::nullopt;
  }

  PostingWishes Wishes() {
    PostingWishes wishes{.title = Text("title"),
                         .company = Text("company"),
                         .location = Text("location"),
                         .skills = Texts("skills")};
    wishes.salary = Text("salary");
    wishes.experience = Text("experience");
    return wishes;
  }

  void Fail(const std::string& name, const std::string& problem) {
    if (error_.empty()) error_ = name + ": " + problem;
  }

  // After all members were read. Sends the mistake, if there is one.
  bool Finish(httplib::Response* response) {
    if (error_.empty() && !json_.empty()) Fail(json_.begin().key(), "is not known");
    if (error_.empty()) return true;
    SendError(error_, response);
    return false;
  }

 private:
  // The value is kept until the next call.
  const Json* Take(const char* name) {
    if (!json_.is_object() || !json_.contains(name)) return nullptr;
    taken_ = std::move(json_[name]);
    json_.erase(name);
    return &taken_;
  }

  Json json_;
  Json taken_;
  std::string error_;
};

Json Optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json Stated(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Json TruthJson(const PostingTruth& truth) {
  Json json = {{"skills", truth.skills},
               {"salary", nullptr},
               {"experience", nullptr},
               {"employment_type", Stated(truth.employment_type)},
               {"seniority", Stated(truth.seniority)},
               {"remote_mode", Stated(truth.remote_mode)},
               {"city", Stated(truth.city)},
               {"region", Stated(truth.region)},
               {"country", Stated(truth.country)}};
  if (truth.salary) {
    json["salary"] = {{"min", Optional(truth.salary->min)},
                      {"max", Optional(truth.salary->max)},
                      {"currency", truth.salary->currency},
                      {"period", truth.salary->period}};
  }
  if (truth.experience) {
    json["experience"] = {{"min_years", truth.experience->min_years}, {"max_years", nullptr}};
    if (truth.experience->max_years) {
      json["experience"]["max_years"] = *truth.experience->max_years;
    }
  }
  return json;
}

Json Identity(const std::string& origin, const BoardPosting& posting) {
  return {{"id", std::to_string(posting.number)},
          {"board", BoardName(posting.board)},
          {"url", origin + posting.Path()},
          {"title", posting.content.title},
          {"company", posting.content.company}};
}

void Add(const httplib::Request& request, httplib::Response& response, BoardState* state) {
  BodyReader body(request.body);
  PostingWishes wishes = body.Wishes();
  auto copy_of = body.Id("copy_of");
  std::string name = body.Text("board").value_or("jsonld");
  auto board = ParseBoard(name);
  if (!board) body.Fail("board", "must be jsonld, rss, greenhouse or rabota");
  if (!copy_of && (!wishes.title || wishes.title->empty())) body.Fail("title", "is required");
  if (!copy_of && !wishes.skills) body.Fail("skills", "is required");
  if (!body.Finish(&response)) return;
  PostingPtr added =
      copy_of ? state->Copy(*board, *copy_of) : state->Add(*board, std::move(wishes));
  if (added == nullptr) return SendError("no such posting", &response, 404);
  SendJson(Identity(OriginOf(request), *added), &response, 201);
}

void Change(const httplib::Request& request, httplib::Response& response, BoardState* state) {
  BodyReader body(request.body);
  PostingWishes wishes = body.Wishes();
  auto id = body.Id("id");
  if (!id) body.Fail("id", "is required");
  if (!body.Finish(&response)) return;
  PostingPtr changed = state->Change(*id, wishes);
  if (changed == nullptr) return SendError("no such posting", &response, 404);
  SendJson(Identity(OriginOf(request), *changed), &response);
}

void Remove(const httplib::Request& request, httplib::Response& response, BoardState* state) {
  BodyReader body(request.body);
  auto id = body.Id("id");
  if (!id) body.Fail("id", "is required");
  if (!body.Finish(&response)) return;
  if (!state->Remove(*id)) return SendError("no such posting", &response, 404);
  SendJson({{"id", std::to_string(*id)}}, &response);
}

void Fail(const httplib::Request& request, httplib::Response& response, FailureSwitch* failures) {
  BodyReader body(request.body);
  auto mode_name = body.Text("mode");
  auto part = body.Text("board");
  auto share = body.Number("share");
  auto retry_after = body.Number("retry_after");
  auto mode = ParseFailureMode(mode_name.value_or(""));
  if (!mode) {
    body.Fail(
        "mode",
        "must be none, 500, 429, timeout, reset, half, slow, redirect-loop, charset or challenge");
  }
  if (part && !IsPart(*part))
    body.Fail("board", "is not a board, robots, api, sites or sites/SITE/PROVIDER");
  if (share && (*share < 0 || *share > 1)) body.Fail("share", "must be from 0 to 1");
  if (retry_after && (*retry_after < 0 || *retry_after > 3600)) {
    body.Fail("retry_after", "must be from 0 to 3600 seconds");
  }
  if (!body.Finish(&response)) return;
  FailureSwitch::Setting setting{.mode = *mode, .share = share.value_or(1)};
  if (retry_after) setting.retry_after_seconds = static_cast<int>(*retry_after);
  std::vector<std::string> parts = part ? std::vector{*part} : AllBoards();
  // Switching all off means all, also what is not a board.
  if (!part && *mode == FailureMode::kNone) {
    parts.insert(parts.end(), {"robots", "api", "apis", "sites"});
    failures->Clear();
  }
  for (const std::string& name : parts) failures->Set(name, setting);
  SendJson({{"mode", FailureModeName(*mode)}, {"parts", parts}, {"share", setting.share}},
           &response);
}

Json StateJson(const BoardState& state, const FailureSwitch& failures) {
  Json boards = Json::object();
  size_t total = 0;
  for (Board board : kBoards) {
    std::string name(BoardName(board));
    size_t count = state.List(board).size();
    total += count;
    boards[name] = {{"postings", count},
                    {"updated_at", IsoTime(state.UpdatedAt(board))},
                    {"failure", FailureModeName(failures.Get(name).mode)}};
  }
  return {{"seed", state.seed()}, {"postings", total}, {"boards", std::move(boards)}};
}

void ListPostings(const httplib::Request& request, httplib::Response& response,
                  const BoardState& state) {
  std::string wanted = request.get_param_value("board");
  if (!wanted.empty() && !ParseBoard(wanted)) return SendError("board: is not known", &response);
  Json list = Json::array();
  for (Board board : kBoards) {
    if (!wanted.empty() && wanted != BoardName(board)) continue;
    for (const PostingPtr& posting : state.List(board)) {
      Json json = Identity(OriginOf(request), *posting);
      json["location"] = posting->content.location;
      json["posted_at"] = IsoTime(posting->content.posted_at);
      json["updated_at"] = IsoTime(posting->updated_at);
      json["truth"] = TruthJson(posting->content.truth);
      list.push_back(std::move(json));
    }
  }
  SendJson(list, &response);
}

}  // namespace

void AddControlRoutes(httplib::Server* server, BoardState* state, FailureSwitch* failures,
                      AccessLog* log) {
  using httplib::Request;
  using httplib::Response;
  server->Post("/_control/add", [state](const Request& request, Response& response) {
    Add(request, response, state);
  });
  server->Post("/_control/change", [state](const Request& request, Response& response) {
    Change(request, response, state);
  });
  server->Post("/_control/remove", [state](const Request& request, Response& response) {
    Remove(request, response, state);
  });
  server->Post("/_control/fail", [failures](const Request& request, Response& response) {
    Fail(request, response, failures);
  });
  server->Get("/_control/state", [state, failures](const Request&, Response& response) {
    SendJson(StateJson(*state, *failures), &response);
  });
  server->Get("/_control/postings", [state](const Request& request, Response& response) {
    ListPostings(request, response, *state);
  });
  server->Get("/_control/log", [log](const Request& request, Response& response) {
    std::string text = request.get_param_value("after");
    uint64_t after = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), after);
    if (!text.empty() && (error != std::errc() || end != text.data() + text.size())) {
      return SendError("after: must be a sequence number", &response);
    }
    response.set_content(log->JsonLines(after), "application/x-ndjson");
  });
  server->Delete("/_control/log", [log](const Request&, Response& response) {
    log->Clear();
    response.status = 204;
  });
}

}  // namespace jobmesh::testing
