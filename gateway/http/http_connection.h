#pragma once

#include <memory>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "gateway/http/worker.h"

namespace jobmesh::gateway::http {

// A socket whose executor is known at compile time: no type erasure on every operation.
using TcpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// Serves HTTP on an accepted socket until it ends or becomes a WebSocket; over TLS when `tls` is
// given. On the worker's thread, whose loop the socket must belong to.
void ServeHttp(std::shared_ptr<Worker> worker, TcpSocket socket,
               std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace jobmesh::gateway::http
