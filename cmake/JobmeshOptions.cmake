# What every target of the project is compiled with. Targets get it by linking jobmesh::options;
# nothing is set globally except where binaries land.

option(JOBMESH_WERROR "Treat warnings as errors" OFF)
option(JOBMESH_BUILD_TESTS "Build tests" ON)
option(JOBMESH_FUZZ "Build fuzzers instead of programs; needs clang" OFF)
set(JOBMESH_SANITIZE "" CACHE STRING "Comma list for -fsanitize=, empty for none")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the build folder, so that several build folders share one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}/.. CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

# -g1: line tables for backtraces and profilers, at a third of the compile time and size of -g.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

add_library(jobmesh_options INTERFACE)
add_library(jobmesh::options ALIAS jobmesh_options)
target_compile_options(jobmesh_options INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wimplicit-fallthrough
  -Wno-missing-field-initializers  # designated initialisers leave defaults on purpose
  -fno-omit-frame-pointer -fstack-protector-strong
  $<$<BOOL:${JOBMESH_WERROR}>:-Werror>)
target_include_directories(jobmesh_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_link_options(jobmesh_options INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_UNITY_BUILD)
  # Takes a source that is compiled together with others for a header.
  target_compile_options(jobmesh_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(JOBMESH_SANITIZE)
  target_compile_options(jobmesh_options INTERFACE
    -fsanitize=${JOBMESH_SANITIZE} -fno-sanitize-recover=undefined)
  target_link_options(jobmesh_options INTERFACE -fsanitize=${JOBMESH_SANITIZE})
  if("${JOBMESH_SANITIZE}" MATCHES "thread")
    # Debian's libraries are built without the sanitizer. Their mutexes are shown to it by a source that goes
    # into every executable, and their headers must not lay out classes as in a sanitized build (map fields of
    # Protobuf would), only the standard library's may know.
    target_sources(jobmesh_options INTERFACE
      "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${CMAKE_SOURCE_DIR}/runtime/testing/abseil_tsan.cc>")
    target_compile_options(jobmesh_options INTERFACE -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
  endif()
else()
  target_compile_definitions(jobmesh_options INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM AND NOT JOBMESH_SANITIZE)
  target_link_options(jobmesh_options INTERFACE -fuse-ld=mold)
endif()
