#pragma once

#include <httplib.h>

#include "tests/support/sample_board/failure_switch.h"
#include "tests/support/sample_board/markup.h"

namespace jobmesh::testing {

// "http://host:port" as the client addressed the server.
std::string OriginOf(const httplib::Request& request);

// Sends `page` with ETag, Last-Modified and Cache-Control, or 304 where the client has it (RFC 9110
// §13).
void SendPage(const Page& page, const httplib::Request& request, httplib::Response* response);

// A failure that needs no page. False when the mode has to be applied to the page that was sent.
bool SendFailure(const FailureSwitch::Setting& failure, FailureSwitch* failures,
                 const httplib::Request& request, httplib::Response* response);

// Spoils a response that was filled in: half, slow, charset.
void Spoil(FailureMode mode, FailureSwitch* failures, httplib::Response* response);

}  // namespace jobmesh::testing
