#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace jobmesh::gateway::session {

// How the messages of a server stream stand in one answer. Each form ends in a way that a part of
// the stream cannot be mistaken for the whole:
//
// - JSON array (application/json, the default): `[m1,\n m2]`. After an error the last element is
//   {"@error": problem}.
// - NDJSON (application/x-ndjson): a line a message, then {"@end":{"messages":n}} or
//   {"@error": problem}. No message of an rpc has members of these names: JSON names of fields hold
//   no `@`, apart from Any's `@type`.
// - Server-sent events (text/event-stream, https://html.spec.whatwg.org/#server-sent-events): an
//   unnamed event a message, then `event: end` with {"messages":n}, or `event: error` with the
//   problem.
//
// `problem` is that of RFC 9457, as in an answer that fails at once.
class StreamForm {
 public:
  enum class Kind { kArray, kLines, kEvents };

  // By the request's Accept header; nothing when it takes none of the three: 406.
  static std::optional<StreamForm> Negotiated(std::optional<std::string_view> accept);

  explicit StreamForm(Kind kind) : kind_(kind) {}

  Kind kind() const { return kind_; }
  std::string_view content_type() const;

  // The bytes of the next message, given as JSON.
  std::string Message(std::string_view json);
  // The last bytes of a stream.
  std::string End(const absl::Status& status);
  // What keeps an idle connection from being taken for dead by proxies; empty where the form has no
  // place for it.
  std::string_view KeepAlive() const;

 private:
  Kind kind_;
  std::int64_t messages_ = 0;
};

}  // namespace jobmesh::gateway::session
