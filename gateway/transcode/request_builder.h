#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include "gateway/transcode/field_error.h"
#include "gateway/transcode/field_path.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/message_table.h"
#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {

// Which part of the request message the body of an HTTP request is (google.api.HttpRule.body).
struct BodyRule {
  enum class Kind { kNone, kWhole, kField };
  Kind kind = Kind::kNone;
  // Of kField.
  FieldPath field;
  // Of kField: the FieldMask of the request that gets the paths of the body's members where the
  // client gives none, as PATCH wants it; may be null.
  const FieldTable* update_mask = nullptr;
};

// Puts the body, the variables of the path and the parameters of the query of one HTTP request
// together into the bytes of the request message (google/api/http.proto). Call SetBody, BindPath
// and BindQuery in this order, as far as they apply, then Finish. Not thread-safe; the arguments
// must outlive it.
//
// All errors are INVALID_ARGUMENT with a FieldError. A value that is given both in the path and
// elsewhere must be the same; so must one of the body and of the query.
class RequestBuilder {
 public:
  RequestBuilder(const MessageTable& request, const BodyRule& body, const ParseOptions& options)
      : request_(request), rule_(body), options_(options), bindings_(64) {}

  // `content_type` counts only where the body is a google.api.HttpBody. A body where the rule has
  // none is ignored; an empty one leaves all fields unset.
  absl::Status SetBody(std::string_view content_type, std::string_view body);
  // `value` decoded, UTF-8.
  absl::Status BindPath(const FieldPath& path, std::string_view value);
  // `query` as it stands after the `?`. Parameters named in `ignored` are passed over, others must
  // be fields, or `field[key]` of maps; those without `=` or without a name are passed over too.
  // Where the body is the whole request no parameter is known: all are refused, or, with
  // UnknownFields::kIgnore, passed over.
  absl::Status BindQuery(std::string_view query, const std::vector<std::string>& ignored);
  // Appends the message to `wire`. The builder is then spent.
  void Finish(std::string* wire);

 private:
  // Parameters in one query, at most.
  static constexpr int kMaxParameters = 1000;

  absl::Status BindParameter(std::string_view name, std::string_view value);
  absl::Status Bind(const FieldPath& path, const std::string* map_key, const FieldError& where,
                    std::string_view value);
  absl::Status PutValue(const FieldTable& field, const FieldError& where, std::string_view value);
  absl::Status PutMessage(const FieldTable& field, const FieldError& where, std::string_view value);
  // Refuses two members of one oneof.
  absl::Status CheckOneofs(const FieldPath& path, const FieldError& where);
  // Refuses a value that differs from the one the body has in its place.
  absl::Status CheckBody(const FieldPath& path, const FieldError& where,
                         std::string_view encoded) const;

  const MessageTable& request_;
  const BodyRule& rule_;
  const ParseOptions& options_;
  std::string body_;  // in the request message's bytes
  std::vector<std::string> mask_paths_;
  WireWriter bindings_;
  // A value that is bound already, of a field that is not repeated.
  struct Bound {
    std::string encoded;
    bool in_path;
  };
  absl::flat_hash_map<std::string, Bound> bound_;               // by path
  absl::flat_hash_map<std::string, const FieldTable*> oneofs_;  // member by path and oneof
};

}  // namespace jobmesh::gateway::transcode
