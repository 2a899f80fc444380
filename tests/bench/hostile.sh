#!/usr/bin/env bash
# Good and hostile clients side by side for 30 minutes, every process built with sanitizers: ./jobmesh bench hostile [MINUTES]
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"

minutes="${1:-30}"
[[ $minutes =~ ^[1-9][0-9]*$ ]] || die "bench hostile: minutes are a whole number from 1"
folder="$BUILD/asan"
configure asan "$folder"
step build compile "$folder" "${PROGRAMS[@]}"
export LSAN_OPTIONS="suppressions=$JOBMESH_ROOT/tests/support/leaks-of-others.txt:print_suppressions=0"
export JOBMESH_BUILD_DIR="$folder" HOSTILE_SECONDS=$((minutes * 60))
exec /usr/bin/python3 -m pytest -s "$JOBMESH_ROOT/tests/resilience/hostile_load_test.py"
