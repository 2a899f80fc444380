#include "gateway/session/error_response.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

#include "gateway/transcode/field_error.h"
#include "runtime/errors.h"
#include "runtime/strings.h"
#include "runtime/telemetry/metrics.h"

namespace jobmesh::gateway::session {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Problem(int http_status, const std::string& text) {
  return {{"type", "about:blank"},
          {"title", http::ReasonPhrase(http_status)},
          {"status", http_status},
          {"detail", text}};
}

Json ProblemOf(const absl::Status& status, int http_status, const std::string& text) {
  Json body = Problem(http_status, text);
  body["code"] = runtime::telemetry::CodeName(static_cast<int>(status.code()));
  if (std::optional<transcode::FieldError> field = transcode::FieldErrorOf(status)) {
    body["reason"] = "INVALID_FIELD";
    body["errors"] = Json::array({{{"field", field->field},
                                   {"location", field->location},
                                   {"description", field->message}}});
  } else if (std::optional<runtime::ErrorDetail> detail = runtime::DetailOf(status)) {
    body["reason"] = detail->reason;
    body["metadata"] = detail->metadata;
  }
  return body;
}

// Where a field stands and what is wrong with it, one entry a problem: of a request that could not
// be translated, or of a service that says INVALID_FIELD or brings its own list in metadata
// `details`. Nothing for other errors.
std::optional<Json> ProblemsOf(const absl::Status& status) {
  const auto entry = [](std::string_view location, std::string_view field, std::string_view text) {
    Json place = Json::array({std::string(location)});
    if (!field.empty()) {
      place.push_back(std::string(field));
    }
    return Json::array({{{"loc", place}, {"msg", std::string(text)}, {"type", "value_error"}}});
  };
  if (std::optional<transcode::FieldError> field = transcode::FieldErrorOf(status)) {
    return entry(field->location, field->field, field->message);
  }
  std::optional<runtime::ErrorDetail> detail = runtime::DetailOf(status);
  if (!detail || !absl::IsInvalidArgument(status)) {
    return std::nullopt;
  }
  if (const auto list = detail->metadata.find("details"); list != detail->metadata.end()) {
    Json problems = Json::parse(list->second, nullptr, /*allow_exceptions=*/false);
    return problems.is_array() ? std::optional<Json>(std::move(problems)) : std::nullopt;
  }
  const auto field = detail->metadata.find("field");
  return field == detail->metadata.end()
             ? std::nullopt
             : std::optional<Json>(
                   entry("body", field->second,
                         std::string_view(status.message().data(), status.message().size())));
}

// The HTTP status that a service asks for where no code of gRPC means it: metadata `http_status`,
// 400 to 599. Nothing else counts.
std::optional<int> StatedStatus(const std::optional<runtime::ErrorDetail>& detail) {
  if (!detail) {
    return std::nullopt;
  }
  const auto stated = detail->metadata.find("http_status");
  int number = 0;
  return stated != detail->metadata.end() && absl::SimpleAtoi(stated->second, &number) &&
                 number >= 400 && number <= 599
             ? std::optional(number)
             : std::nullopt;
}

Json StyledBody(const absl::Status& status, options::v1::ErrorStyle style, int http_status,
                const std::string& text) {
  switch (style) {
    case options::v1::MSG:
      return {{"msg", text}};
    case options::v1::MESSAGE: {
      std::optional<Json> problems = ProblemsOf(status);
      return problems ? Json{{"message", "Bad Request"}, {"details", *problems}}
                      : Json{{"message", text}};
    }
    case options::v1::DETAIL: {
      std::optional<Json> problems = http_status == 422 ? ProblemsOf(status) : std::nullopt;
      return problems ? Json{{"detail", *problems}} : Json{{"detail", text}};
    }
    case options::v1::ERROR: {
      Json body{{"error", text}};
      std::optional<runtime::ErrorDetail> detail = runtime::DetailOf(status);
      if (detail && detail->metadata.contains("details")) {
        body["details"] = detail->metadata.at("details");
      }
      return body;
    }
    default:
      return ProblemOf(status, http_status, text);
  }
}

}  // namespace

int HttpStatusOf(absl::StatusCode code, int invalid_status) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
      return invalid_status;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

http::Response StyledError(int http_status, std::string_view text, options::v1::ErrorStyle style) {
  return ErrorResponse(absl::InvalidArgumentError(runtime::Av(text)), style, http_status);
}

std::string ProblemText(const absl::Status& status) {
  const int http_status = HttpStatusOf(status.code(), 400);
  return Dump(ProblemOf(status, http_status, std::string(status.message())));
}

http::Response ErrorResponse(const absl::Status& status, options::v1::ErrorStyle style,
                             int invalid_status) {
  const std::optional<runtime::ErrorDetail> detail = runtime::DetailOf(status);
  const int http_status =
      StatedStatus(detail).value_or(HttpStatusOf(status.code(), invalid_status));
  std::string text(status.message());
  if (text.empty()) {
    text = http::ReasonPhrase(http_status);
  }
  const bool problem = style == options::v1::PROBLEM;
  http::Response response =
      http::MakeResponse(http_status, problem ? "application/problem+json" : "application/json",
                         Dump(StyledBody(status, style, http_status, text)));
  const std::optional<int> retry_after = runtime::RetryAfterSeconds(status);
  if (retry_after || http_status == 429 || http_status == 503) {
    response.headers.Add("Retry-After", absl::StrCat(retry_after.value_or(1)));
  }
  if (http_status == 405 && detail && detail->metadata.contains("allow")) {
    response.headers.Add("Allow", detail->metadata.at("allow"));
  }
  if (http_status == 401) {
    response.headers.Add("WWW-Authenticate", "Bearer");
  }
  return response;
}

http::Response EdgeError(int http_status, std::string_view text) {
  Json body = Problem(http_status, std::string(text));
  body["msg"] = std::string(text);
  return http::MakeResponse(http_status, "application/problem+json", Dump(body));
}

}  // namespace jobmesh::gateway::session
