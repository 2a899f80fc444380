#include "gateway/session/stream_form.h"

#include "absl/strings/str_cat.h"

#include "gateway/session/error_response.h"
#include "gateway/session/media_type.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::session {
namespace {

using runtime::Av;

constexpr std::string_view kOffered[] = {kJsonType, kNdjsonType, kEventStreamType};

}  // namespace

std::optional<StreamForm> StreamForm::Negotiated(std::optional<std::string_view> accept) {
  const std::optional<size_t> chosen = Negotiate(accept, kOffered);
  if (!chosen) {
    return std::nullopt;
  }
  return StreamForm(static_cast<Kind>(*chosen));
}

std::string_view StreamForm::content_type() const { return kOffered[static_cast<size_t>(kind_)]; }

std::string StreamForm::Message(std::string_view json) {
  const bool is_first = messages_++ == 0;
  switch (kind_) {
    case Kind::kArray:
      return absl::StrCat(is_first ? "[" : ",\n", Av(json));
    case Kind::kLines:
      return absl::StrCat(Av(json), "\n");
    case Kind::kEvents:
      return absl::StrCat("data: ", Av(json), "\n\n");
  }
  return "";
}

std::string StreamForm::End(const absl::Status& status) {
  const std::string count = absl::StrCat("{\"messages\":", messages_, "}");
  const std::string problem = status.ok() ? "" : ProblemText(status);
  switch (kind_) {
    case Kind::kArray:
      return status.ok()
                 ? absl::StrCat(messages_ == 0 ? "[" : "", "]")
                 : absl::StrCat(messages_ == 0 ? "[" : ",\n", "{\"@error\":", problem, "}]");
    case Kind::kLines:
      return status.ok() ? absl::StrCat("{\"@end\":", count, "}\n")
                         : absl::StrCat("{\"@error\":", problem, "}\n");
    case Kind::kEvents:
      return status.ok() ? absl::StrCat("event: end\ndata: ", count, "\n\n")
                         : absl::StrCat("event: error\ndata: ", problem, "\n\n");
  }
  return "";
}

std::string_view StreamForm::KeepAlive() const {
  return kind_ == Kind::kEvents ? ": keep-alive\n\n" : "";
}

}  // namespace jobmesh::gateway::session
