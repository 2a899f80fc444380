#pragma once

#include <memory>

#include <boost/asio/ssl/stream.hpp>

#include "gateway/http/http_connection.h"
#include "gateway/http/message.h"

namespace jobmesh::gateway::http {

using TlsStream = boost::asio::ssl::stream<TcpSocket>;

// Answers the WebSocket handshake `request` and serves the connection with `handler`. On the
// worker's thread; nothing may be under way on the stream.
void ServeWebSocket(std::shared_ptr<Worker> worker, TcpSocket stream, const Request& request,
                    std::unique_ptr<WebSocketHandler> handler);
void ServeWebSocket(std::shared_ptr<Worker> worker, TlsStream stream, const Request& request,
                    std::unique_ptr<WebSocketHandler> handler);

}  // namespace jobmesh::gateway::http
