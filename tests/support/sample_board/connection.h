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

// Ends the reading side of every connection of this process's server on `local_port`, so that
// threads which wait for a next request stop waiting; answers under way are still sent.
void EndReading(int local_port);

}  // namespace jobmesh::testing
