#include "gateway/openapi/comments.h"

#include <string_view>
#include <utility>

namespace jobmesh::gateway::openapi {
namespace {

constexpr std::string_view kRequired = "Required.";
constexpr std::string_view kErrors = "Errors:";

constexpr std::pair<std::string_view, absl::StatusCode> kCodes[] = {
    {"CANCELLED", absl::StatusCode::kCancelled},
    {"UNKNOWN", absl::StatusCode::kUnknown},
    {"INVALID_ARGUMENT", absl::StatusCode::kInvalidArgument},
    {"DEADLINE_EXCEEDED", absl::StatusCode::kDeadlineExceeded},
    {"NOT_FOUND", absl::StatusCode::kNotFound},
    {"ALREADY_EXISTS", absl::StatusCode::kAlreadyExists},
    {"PERMISSION_DENIED", absl::StatusCode::kPermissionDenied},
    {"RESOURCE_EXHAUSTED", absl::StatusCode::kResourceExhausted},
    {"FAILED_PRECONDITION", absl::StatusCode::kFailedPrecondition},
    {"ABORTED", absl::StatusCode::kAborted},
    {"OUT_OF_RANGE", absl::StatusCode::kOutOfRange},
    {"UNIMPLEMENTED", absl::StatusCode::kUnimplemented},
    {"INTERNAL", absl::StatusCode::kInternal},
    {"UNAVAILABLE", absl::StatusCode::kUnavailable},
    {"DATA_LOSS", absl::StatusCode::kDataLoss},
    {"UNAUTHENTICATED", absl::StatusCode::kUnauthenticated},
};

bool IsUpper(char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }

// protoc keeps the blank behind the slashes of each line.
std::string WithoutMargin(std::string_view comment) {
  std::string text;
  while (!comment.empty()) {
    const std::size_t end = std::min(comment.find('\n'), comment.size());
    std::string_view line = comment.substr(0, end);
    comment.remove_prefix(std::min(end + 1, comment.size()));
    if (line.starts_with(' ')) line.remove_prefix(1);
    while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
    if (text.empty() && line.empty()) continue;
    text += line;
    text += '\n';
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

template <typename Descriptor>
std::string Comment(const Descriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return "";
  std::string text = WithoutMargin(location.leading_comments);
  return text.empty() ? WithoutMargin(location.trailing_comments) : text;
}

}  // namespace

std::string CommentOf(const google::protobuf::ServiceDescriptor& service) {
  return Comment(service);
}
std::string CommentOf(const google::protobuf::MethodDescriptor& method) { return Comment(method); }
std::string CommentOf(const google::protobuf::Descriptor& message) { return Comment(message); }
std::string CommentOf(const google::protobuf::FieldDescriptor& field) { return Comment(field); }
std::string CommentOf(const google::protobuf::EnumDescriptor& enumeration) {
  return Comment(enumeration);
}
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value) { return Comment(value); }

std::string FirstSentence(const std::string& comment) {
  std::string sentence;
  for (std::size_t i = 0; i < comment.size(); ++i) {
    const char next = i + 1 < comment.size() ? comment[i + 1] : '\n';
    if (comment[i] == '.' && (next == ' ' || next == '\n')) break;
    if (comment[i] == '\n' && next == '\n') break;
    sentence += comment[i] == '\n' ? ' ' : comment[i];
  }
  return sentence;
}

bool IsRequired(const google::protobuf::FieldDescriptor& field) {
  return field.is_required() || CommentOf(field).starts_with(kRequired);
}

std::set<absl::StatusCode> ErrorCodesIn(const std::string& comment) {
  std::set<absl::StatusCode> codes;
  const std::size_t start = comment.find(kErrors);
  if (start == std::string::npos) return codes;
  std::string_view text = std::string_view(comment).substr(start + kErrors.size());
  text = text.substr(0, text.find("\n\n"));
  // Reasons stand in parentheses; some have the name of a code.
  int depth = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    std::size_t end = i;
    while (end < text.size() && IsUpper(text[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    const std::string_view word = text.substr(i, end - i);
    for (const auto& [name, code] : kCodes) {
      if (depth == 0 && word == name) codes.insert(code);
    }
    i = end;
  }
  return codes;
}

}  // namespace jobmesh::gateway::openapi
