#pragma once

#include <memory>

#include "gateway/http/exchange.h"
#include "gateway/routes/catalog.h"
#include "gateway/session/gateway.h"

namespace jobmesh::gateway::session {

// Joins a WebSocket with a bidirectional stream: each text message is one message of the rpc, as
// JSON, both ways. Where the rpc wants a user, the token comes with the handshake (bearer or
// cookie) or in a first message
// {"type":"auth","token":"…"} within 10 s; without a good one the socket opens and is closed with
// 4401. A user has at most SocketLimit::kPerUser of them.
void StartWebSocket(Gateway& gateway, http::Exchange& exchange,
                    std::shared_ptr<const routes::Catalog> catalog, const routes::Route& route);

}  // namespace jobmesh::gateway::session
