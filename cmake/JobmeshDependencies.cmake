# Every library the project uses, in one place. All come from Debian 12 packages (deploy/local/packages.txt).
# Debian ships no CMake configuration for Protobuf, libpqxx, cpp-httplib, libsodium, RE2, hiredis: module or pkg-config.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)  # before gRPC, which refers to its targets
find_package(absl CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(Python3 COMPONENTS Interpreter REQUIRED)
if(JOBMESH_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
# Debian's gRPC names re2::re2, for which Debian's RE2 ships no CMake configuration.
add_library(re2::re2 INTERFACE IMPORTED)
target_link_libraries(re2::re2 INTERFACE PkgConfig::re2)
find_package(gRPC CONFIG REQUIRED)
find_library(GUMBO_LIBRARY gumbo REQUIRED)
find_library(UCHARDET_LIBRARY uchardet REQUIRED)
find_library(GRPCPP_REFLECTION_LIBRARY grpc++_reflection REQUIRED)

# google/api and google/rpc protos; installed by golang-github-grpc-ecosystem-grpc-gateway-dev.
find_path(GOOGLEAPIS_DIR google/api/annotations.proto
  PATHS /usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis
  REQUIRED NO_DEFAULT_PATH)
