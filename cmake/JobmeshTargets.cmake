# The functions every CMakeLists.txt of the project is made of. One line a library, a test, a service.

# jobmesh_add_library(runtime_rpc SOURCES server.cc DEPS jobmesh::runtime_telemetry TESTS server_test.cc
#                     INTEGRATION_TESTS pool_test.cc TEST_DEPS …)
# A static library jobmesh_<name> (alias jobmesh::<name>), or an interface library without SOURCES, and its tests (see
# jobmesh_add_tests): TESTS with the label unit, INTEGRATION_TESTS, which need a real PostgreSQL, with the label integration.
function(jobmesh_add_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;TESTS;INTEGRATION_TESTS;TEST_DEPS" ${ARGN})
  set(target jobmesh_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC jobmesh::options ${arg_DEPS})
    jobmesh_compile_folders_together(${target})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE jobmesh::options ${arg_DEPS})
  endif()
  add_library(jobmesh::${name} ALIAS ${target})
  jobmesh_add_tests(${name} LABEL unit FILES ${arg_TESTS} DEPS jobmesh::${name} ${arg_TEST_DEPS})
  jobmesh_add_tests(${name} LABEL integration FILES ${arg_INTEGRATION_TESTS} DEPS jobmesh::${name} ${arg_TEST_DEPS})
endfunction()

# jobmesh_add_tests(scraper LABEL unit FILES datasets/tar_file_test.cc … DEPS …)
# One program and CTest entry for the files of each folder, since what a test program costs is not its tests but the
# headers it shares with its neighbours: <prefix>_<folder>_test, <prefix>_test where the files stand beside the
# CMakeLists.txt, and <prefix>_<folder>_integration_test. A file alone: --gtest_filter.
function(jobmesh_add_tests prefix)
  cmake_parse_arguments(arg "" "LABEL" "FILES;DEPS" ${ARGN})
  if(NOT JOBMESH_BUILD_TESTS)
    return()
  endif()
  set(targets)
  foreach(file IN LISTS arg_FILES)
    cmake_path(GET file PARENT_PATH folder)
    set(target ${prefix})
    if(folder AND NOT prefix MATCHES "_${folder}$")
      string(APPEND target _${folder})
    endif()
    if(NOT arg_LABEL STREQUAL "unit")
      string(APPEND target _${arg_LABEL})
    endif()
    string(APPEND target _test)
    list(APPEND targets ${target})
    list(APPEND files_of_${target} ${file})
  endforeach()
  list(REMOVE_DUPLICATES targets)
  foreach(target IN LISTS targets)
    add_executable(${target} ${files_of_${target}})
    target_link_libraries(${target} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest_main)
    # Optimising a test takes longer than what it gains.
    target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/test")
    jobmesh_compile_folders_together(${target})
    add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${target} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 300)
  endforeach()
endfunction()

# With CMAKE_UNITY_BUILD, the files of one folder of this target are compiled together, at most eight at a time: nearly
# all of a compiler's time goes into headers that they share. Folders are not mixed, so that only names of neighbours
# have to differ. What stands alone, and what a target gets from the libraries it links, is compiled alone.
function(jobmesh_compile_folders_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  get_target_property(files ${target} SOURCES)
  set(folders)
  foreach(file IN LISTS files)
    cmake_path(GET file PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "in_${folder}" folder)
    list(APPEND folders ${folder})
    list(APPEND files_${folder} ${file})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder IN LISTS folders)
    list(LENGTH files_${folder} count)
    if(count EQUAL 1)
      continue()
    endif()
    math(EXPR parts "(${count} + 7) / 8")
    set(at 0)
    foreach(file IN LISTS files_${folder})
      math(EXPR part "${at} * ${parts} / ${count}")
      set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${folder}_${part})
      math(EXPR at "${at} + 1")
    endforeach()
  endforeach()
endfunction()

# jobmesh_add_service(user-service MAIN main.cc DEPS jobmesh::user): executable in bin/ with the version stamp.
function(jobmesh_add_service name)
  cmake_parse_arguments(arg "" "MAIN" "DEPS" ${ARGN})
  add_executable(${name} ${arg_MAIN})
  target_link_libraries(${name} PRIVATE jobmesh::options ${arg_DEPS})
  jobmesh_compile_folders_together(${name})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# jobmesh_add_proto(accounts_v1 DIR jobmesh/accounts/v1 FILES accounts.proto DEPS jobmesh::proto_options_v1)
# Message code of proto/<DIR>/<FILES> as jobmesh::proto_<name>. No service stubs: runtime/rpc works from descriptors.
function(jobmesh_add_proto name)
  cmake_parse_arguments(arg "" "DIR;ROOT" "FILES;DEPS" ${ARGN})
  set(root_import)
  if(arg_ROOT)
    set(root_import "-I${arg_ROOT}")
  else()
    set(arg_ROOT "${CMAKE_SOURCE_DIR}/proto")
  endif()
  set(gen "${CMAKE_BINARY_DIR}/gen")
  file(MAKE_DIRECTORY "${gen}")
  set(sources)
  foreach(file IN LISTS arg_FILES)
    string(REGEX REPLACE "\\.proto$" "" base "${arg_DIR}/${file}")
    add_custom_command(
      OUTPUT "${gen}/${base}.pb.cc" "${gen}/${base}.pb.h"
      COMMAND protobuf::protoc --cpp_out=${gen} -I${CMAKE_SOURCE_DIR}/proto -I${GOOGLEAPIS_DIR}
              ${root_import} ${arg_ROOT}/${arg_DIR}/${file}
      DEPENDS "${arg_ROOT}/${arg_DIR}/${file}" VERBATIM)
    list(APPEND sources "${gen}/${base}.pb.cc")
  endforeach()
  set(target jobmesh_proto_${name})
  add_library(${target} STATIC ${sources})
  add_library(jobmesh::proto_${name} ALIAS ${target})
  target_include_directories(${target} SYSTEM PUBLIC "${gen}")
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf ${arg_DEPS})
  target_compile_options(${target} PRIVATE -w)
  # protoc gives the same names to what is private to each file.
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
endfunction()

# jobmesh_add_descriptors(user_descriptors NAMESPACE jobmesh::user PROTOS jobmesh/accounts/v1/accounts.proto …)
# The FileDescriptorSet of PROTOS with all imports and comments, as `std::string_view kDescriptors()` in
# <name>.h: what a service hands to discovery, so that the gateway can build its routes and API page from it.
function(jobmesh_add_descriptors name)
  cmake_parse_arguments(arg "" "NAMESPACE" "PROTOS" ${ARGN})
  set(dir "${CMAKE_BINARY_DIR}/gen/descriptors/${name}")
  file(MAKE_DIRECTORY "${dir}")
  set(paths ${arg_PROTOS})
  list(TRANSFORM paths PREPEND "${CMAKE_SOURCE_DIR}/proto/")
  file(GLOB_RECURSE all_protos CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/proto/*.proto")
  add_custom_command(
    OUTPUT "${dir}/${name}.cc" "${dir}/${name}.h"
    COMMAND protobuf::protoc --include_imports --include_source_info
            --descriptor_set_out=${dir}/${name}.binpb
            -I${CMAKE_SOURCE_DIR}/proto -I${GOOGLEAPIS_DIR} ${paths}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_bytes.py
            --name ${name} --namespace ${arg_NAMESPACE} --out ${dir} ${dir}/${name}.binpb
    DEPENDS ${all_protos} "${CMAKE_SOURCE_DIR}/cmake/embed_bytes.py" VERBATIM)
  add_library(jobmesh_${name} STATIC "${dir}/${name}.cc")
  add_library(jobmesh::${name} ALIAS jobmesh_${name})
  target_include_directories(jobmesh_${name} SYSTEM PUBLIC "${dir}")
endfunction()

# jobmesh_add_files(gateway_api_page NAMESPACE jobmesh::gateway::openapi::page DIR page FILES page.html …)
# The bytes of DIR/<file> as `std::string_view PageHtml()` in page_html.h: files that a program serves out of itself.
function(jobmesh_add_files name)
  cmake_parse_arguments(arg "" "NAMESPACE;DIR" "FILES" ${ARGN})
  set(dir "${CMAKE_BINARY_DIR}/gen/files/${name}")
  file(MAKE_DIRECTORY "${dir}")
  set(sources)
  foreach(file IN LISTS arg_FILES)
    string(REGEX REPLACE "[^a-z0-9]" "_" constant "${file}")
    set(input "${CMAKE_CURRENT_SOURCE_DIR}/${arg_DIR}/${file}")
    add_custom_command(
      OUTPUT "${dir}/${constant}.cc" "${dir}/${constant}.h"
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_bytes.py
              --name ${constant} --namespace ${arg_NAMESPACE} --out ${dir} ${input}
      DEPENDS "${input}" "${CMAKE_SOURCE_DIR}/cmake/embed_bytes.py" VERBATIM)
    list(APPEND sources "${dir}/${constant}.cc")
  endforeach()
  add_library(jobmesh_${name} STATIC ${sources})
  add_library(jobmesh::${name} ALIAS jobmesh_${name})
  target_include_directories(jobmesh_${name} SYSTEM PUBLIC "${dir}")
endfunction()

# jobmesh_add_sql(user_sql NAMESPACE jobmesh::user::sql DIR sql)
# Every `-- name: find_account` block of DIR/*.sql as `inline constexpr Query kFindAccount` in <name>.h.
function(jobmesh_add_sql name)
  cmake_parse_arguments(arg "" "NAMESPACE;DIR" "" ${ARGN})
  set(out "${CMAKE_BINARY_DIR}/gen/sql/${name}")
  file(MAKE_DIRECTORY "${out}")
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${arg_DIR}/*.sql")
  add_custom_command(
    OUTPUT "${out}/${name}.h"
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_sql.py queries
            --namespace ${arg_NAMESPACE} --out ${out}/${name}.h ${files}
    DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/embed_sql.py" VERBATIM)
  _jobmesh_generated_header(${name} "${out}")
endfunction()

# jobmesh_add_migrations(user_migrations NAMESPACE jobmesh::user DIR migrations)
# DIR/NNNN_name.{up,down}.sql as `inline constexpr Migration kMigrations[]` in <name>.h, in order.
function(jobmesh_add_migrations name)
  cmake_parse_arguments(arg "" "NAMESPACE;DIR" "" ${ARGN})
  set(out "${CMAKE_BINARY_DIR}/gen/sql/${name}")
  file(MAKE_DIRECTORY "${out}")
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${arg_DIR}/*.sql")
  add_custom_command(
    OUTPUT "${out}/${name}.h"
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_sql.py migrations
            --namespace ${arg_NAMESPACE} --out ${out}/${name}.h ${files}
    DEPENDS ${files} "${CMAKE_SOURCE_DIR}/cmake/embed_sql.py" VERBATIM)
  _jobmesh_generated_header(${name} "${out}")
endfunction()

function(_jobmesh_generated_header name dir)
  add_custom_target(jobmesh_${name}_header DEPENDS "${dir}/${name}.h")
  add_library(jobmesh_${name} INTERFACE)
  add_library(jobmesh::${name} ALIAS jobmesh_${name})
  add_dependencies(jobmesh_${name} jobmesh_${name}_header)
  target_include_directories(jobmesh_${name} INTERFACE "${dir}")
endfunction()

# jobmesh_add_pytest(e2e DIR e2e LABELS e2e TIMEOUT 600)
# CTest entry <name>: the pytest suite of DIR, run by Debian's Python, which has the packages. It finds the programs by
# JOBMESH_BUILD_DIR and modules of tests/support by PYTHONPATH. Suites wait more than they work, so others run beside
# them, but one mesh at a time: SHARED says that a suite starts none, ALONE that it needs the whole machine. COST is about
# how many seconds it takes: the longest begin first.
function(jobmesh_add_pytest name)
  if(NOT JOBMESH_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "SHARED;ALONE" "DIR;TIMEOUT;COST" "LABELS;FILES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  if(arg_FILES)
    list(TRANSFORM arg_FILES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/${arg_DIR}/")
  else()
    set(arg_FILES "${CMAKE_CURRENT_SOURCE_DIR}/${arg_DIR}")
  endif()
  add_test(NAME ${name}
    COMMAND /usr/bin/python3 -B -m pytest -p no:cacheprovider -rs --tb=short ${arg_FILES}
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "JOBMESH_BUILD_DIR=${CMAKE_BINARY_DIR};PYTHONPATH=${CMAKE_SOURCE_DIR}/tests")
  if(NOT arg_SHARED)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK mesh)
  endif()
  if(arg_ALONE)
    set_tests_properties(${name} PROPERTIES PROCESSORS 2)
  endif()
  if(arg_COST)
    set_tests_properties(${name} PROPERTIES COST ${arg_COST})
  endif()
endfunction()

# jobmesh_add_fuzzer(json_to_wire DEPS jobmesh::gateway_transcode)
# <name>_fuzzer.cc with an LLVMFuzzerTestOneInput as libFuzzer target build/fuzz/fuzz/<name> of the preset `fuzz`, which
# `./jobmesh fuzz` runs. In every other build the same source becomes the unit test fuzz_corpus_<name>, which replays
# tests/fuzz/corpus/<name>: what was found once stays found, under the sanitizers too and without clang.
function(jobmesh_add_fuzzer name)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  if(JOBMESH_FUZZ)
    add_executable(fuzz_${name} ${name}_fuzzer.cc)
    target_link_libraries(fuzz_${name} PRIVATE jobmesh::options ${arg_DEPS} -fsanitize=fuzzer)
    set_target_properties(fuzz_${name} PROPERTIES
      OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    add_dependencies(fuzzers fuzz_${name})
  elseif(JOBMESH_BUILD_TESTS)
    add_executable(fuzz_corpus_${name} ${name}_fuzzer.cc)
    target_link_libraries(fuzz_corpus_${name} PRIVATE fuzz_replay ${arg_DEPS})
    set_target_properties(fuzz_corpus_${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/test")
    add_test(NAME fuzz_corpus_${name}
      COMMAND fuzz_corpus_${name} "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}")
    set_tests_properties(fuzz_corpus_${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()
