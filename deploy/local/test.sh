#!/usr/bin/env bash
# ./jobmesh test [LABEL]: builds, starts what tests need, and runs CTest. Labels: unit, integration, contract, e2e,
# resilience, deploy; asan and tsan run unit and integration tests under a sanitizer. Without a label: all tests, and
# a minute of fuzzing.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"

label="${1:-}"
preset=dev
folder="$BUILD"
case "$label" in
  "") select=() ;;
  unit | integration | contract | e2e | resilience | deploy) select=(-L "^$label\$") ;;
  asan | tsan)
    preset="$label"
    folder="$BUILD/$label"
    select=(-L '^(unit|integration)$')
    ;;
  *) die "test: unknown label: $label" ;;
esac

# The tests' own cluster: nothing of it is worth keeping, so it does not wait for the disk.
TEST_STATE="$BUILD/test-state"

start_test_database() {
  create_cluster "$TEST_STATE/postgres" "fsync = off" "synchronous_commit = off" "full_page_writes = off"
  start_cluster "$TEST_STATE/postgres" "$LOGS/postgres.log"
  JOBMESH_TEST_DATABASE_URL="$(superuser_url "$TEST_STATE/postgres" postgres)"
  export JOBMESH_TEST_DATABASE_URL
}

# What tests run of npm goes into the build folder: newman, a generator of clients, a driver of the browser. Tests that
# need it skip themselves where it is missing.
install_npm_packages() {
  local list="$JOBMESH_ROOT/deploy/local/packages-npm.txt" done_file="$BUILD/npm/installed.txt"
  local -a packages=()
  if ! command -v npm >/dev/null; then
    STEP_NOTE="no npm: tests that need it are skipped"
    return
  fi
  mapfile -t packages < <(grep -v -e '^#' -e '^$' "$list")
  if ! cmp --silent "$list" "$done_file"; then
    if ! npm install --prefix "$BUILD/npm" --no-audit --no-fund --loglevel=error "${packages[@]}" >"$LOGS/npm.log" 2>&1; then
      STEP_NOTE="npm failed ($LOGS/npm.log): tests that need it are skipped"
      return
    fi
    cp "$list" "$done_file"
  fi
  STEP_NOTE="${#packages[@]} in $BUILD/npm"
}

# Tests read real postings from this folder where it is; those that need it skip themselves where it is not.
if [[ -z ${JOBMESH_DATA_DIR:-} && -d $JOBMESH_ROOT/../shared/data ]]; then
  JOBMESH_DATA_DIR="$(realpath "$JOBMESH_ROOT/../shared/data")"
fi
[[ -z ${JOBMESH_DATA_DIR:-} ]] || export JOBMESH_DATA_DIR

# From here on this run's own state, never that of a mesh that runs beside it.
STATE="$TEST_STATE"
RUN="$STATE/run"
LOGS="$STATE/logs"
SECRETS="$STATE/secrets"
export JOBMESH_BUILD_DIR="$BUILD"

mkdir -p "$LOGS"
step packages install_packages "$JOBMESH_ROOT/deploy/local/packages.txt" "$JOBMESH_ROOT/deploy/local/packages-test.txt"
obey_interrupts
open_state
configure "$preset" "$folder"
step build compile "$folder"
step "test database" start_test_database
trap 'stop_cluster "$TEST_STATE/postgres"' EXIT
[[ $preset != dev ]] || step "npm packages" install_npm_packages

case "$preset" in
  asan)
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
    export LSAN_OPTIONS="suppressions=$JOBMESH_ROOT/tests/support/leaks-of-others.txt:print_suppressions=0"
    ;;
  # Debian's gRPC is not instrumented.
  tsan) export TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1" ;;
esac

report="$TEST_STATE/ctest-${label:-all}.txt"
result=0
# On a shared CI machine a test that failed gets a second try; the report shows both.
repeat=()
[[ ${CI:-} != true ]] || repeat=(--repeat until-pass:2)
ctest --test-dir "$folder" --output-on-failure --no-tests=error -j2 "${repeat[@]}" "${select[@]}" 2>&1 | tee "$report" || result=$?

# A minute in all: enough to find what was broken today. ./jobmesh fuzz goes on longer.
if [[ -z $label ]]; then
  bash "$JOBMESH_ROOT/deploy/local/fuzz.sh" 5 || result=1
fi

# CTest has said it all; this is the same in one line that is easy to find.
awk '/tests passed, .* tests failed out of/ {
       failed = $4; for (i = 1; i <= NF; i++) if ($i == "of") total = $(i + 1)
       print total - failed " passed, " failed " failed" }' "$report"
exit "$result"
