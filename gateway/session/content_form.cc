#include "gateway/session/content_form.h"

#include <optional>
#include <string>
#include <utility>

#include "gateway/policy/content_coding.h"
#include "gateway/policy/entity_tag.h"

namespace jobmesh::gateway::session {
namespace {

void Code(const http::Request& request, http::Response& response) {
  const std::string& content = response.content();
  if (!policy::IsCompressible(response.headers.Find("content-type").value_or(""))) {
    return;
  }
  const policy::CodingChoice choice = policy::ChooseCoding(request.headers.Find("accept-encoding"));
  if (content.empty() || (content.size() < policy::kSmallestCoded && !choice.must_code)) {
    return;
  }
  response.headers.Add("Vary", "Accept-Encoding");
  if (!choice.gzip) {
    return;
  }
  std::string coded = policy::Gzip(content, policy::kGzipOnce);
  if (coded.size() >= content.size() && !choice.must_code) {
    return;
  }
  response.headers.Add("Content-Encoding", "gzip");
  if (const auto tag = response.headers.Find("etag")) {
    response.headers.Set("ETag", policy::CodedEntityTag(std::string(*tag), "gzip"));
  }
  response.shared_body = nullptr;
  response.body = std::move(coded);
}

}  // namespace

void ChooseForm(const http::Request& request, http::Response& response) {
  if (response.headers.Find("x-cache") || response.headers.Find("content-encoding")) {
    return;
  }
  Code(request, response);
  const std::optional<std::string_view> tag = response.headers.Find("etag");
  const std::optional<std::string_view> has = request.headers.Find("if-none-match");
  if (response.status == 200 && tag && has &&
      (request.method == "GET" || request.method == "HEAD") && policy::NoneMatchHolds(*has, *tag)) {
    response.status = 304;
    response.shared_body = nullptr;
    response.body.clear();
    response.headers.Remove("Content-Type");
    response.headers.Remove("Content-Encoding");
  }
}

}  // namespace jobmesh::gateway::session
