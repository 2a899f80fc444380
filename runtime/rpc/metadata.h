#pragma once

namespace jobmesh::runtime::rpc {

// Names of the request headers that the mesh gives a meaning to.
inline constexpr char kAuthorizationHeader[] = "authorization";
inline constexpr char kMeshTokenHeader[] = "x-jobmesh-mesh-token";
inline constexpr char kRequestIdHeader[] = "x-request-id";
inline constexpr char kTraceparentHeader[] = "traceparent";

}  // namespace jobmesh::runtime::rpc
