#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "gateway/http/message.h"

namespace jobmesh::gateway::session {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// Adds the metadata that a client gives as `Grpc-Metadata-<name>: value` headers, as grpc-gateway's
// clients do: names in lower case, values of names in `-bin` decoded from base64, padded or not
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Binary-Header"). Left out: what
// the gateway states itself (authorization, x-request-id, traceparent, x-forwarded-*), what belongs
// to the mesh (x-jobmesh-*) or to gRPC and HTTP, and what is no metadata (names beyond 0-9 a-z _ -
// ., values beyond printable ASCII). Errors: INVALID_ARGUMENT for what is not base64.
absl::Status AddClientMetadata(const http::Request& request, HeaderList& metadata);

// Passes on the metadata of a call's answer that is meant for clients. By their own names:
// set-cookie, location, cache-control, etag, content-disposition, x-jobmesh-*. Others as
// `<prefix><name>`, which says where they come from, and -bin ones in base64; those of gRPC itself
// are left out. `prefix` is kMetadataPrefix or kTrailerPrefix.
void AddAnswerMetadata(const HeaderList& metadata, std::string_view prefix, http::Headers& headers);

// Only those that go by their own names; of trailers that no one asked for.
void AddListedMetadata(const HeaderList& metadata, http::Headers& headers);

inline constexpr std::string_view kMetadataPrefix = "Grpc-Metadata-";
inline constexpr std::string_view kTrailerPrefix = "Grpc-Trailer-";

// Metadata by which a service says that an answer has another status of success than its rpc
// declares: 200 to 299, anything else is passed over. It is not passed on.
inline constexpr std::string_view kSuccessStatus = "x-jobmesh-http-status";
int SuccessStatusOf(const HeaderList& metadata, int declared);

// Whether the client takes trailers (`TE: trailers`, RFC 9110 §10.1.4).
bool TakesTrailers(const http::Request& request);

}  // namespace jobmesh::gateway::session
