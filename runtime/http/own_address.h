#pragma once

#include <string>

namespace jobmesh::runtime::http {

// The address other machines reach this one at: of the first interface that is up and not loopback
// (in Kubernetes the pod's), or 127.0.0.1 when there is none.
std::string OwnAddress();

}  // namespace jobmesh::runtime::http
