#pragma once

#include <httplib.h>

namespace jobmesh::testing {

// The socket that `request` came over, found among the process's descriptors because the server
// library does not tell; -1 when there is none any more. Still owned by the server.
int ConnectionOf(const httplib::Request& request);

// Whether the client has closed its side, without reading anything.
bool ClosedByPeer(int connection);

// Ends the connection at once by RST; what is written to it afterwards fails.
void ResetConnection(int connection);

}  // namespace jobmesh::testing
