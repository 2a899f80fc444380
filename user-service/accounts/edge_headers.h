#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "runtime/rpc/call_context.h"

namespace jobmesh::user {

// What the gateway tells of the request it received, and what it passes back.

// Address of the client: the last member of x-forwarded-for, which the gateway wrote itself;
// without it, the caller's.
std::string ClientAddress(const runtime::rpc::CallContext& call);
// `ws://HOST/ws`, or wss behind https, from x-forwarded-host and x-forwarded-proto; `/ws` where
// there is no usable host.
std::string WebSocketUrl(const runtime::rpc::CallContext& call);
// Sets the cookie that carries the access token; an empty token clears it.
void SetTokenCookie(const runtime::rpc::CallContext& call, std::string_view token,
                    absl::Duration life);

}  // namespace jobmesh::user
