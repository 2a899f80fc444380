#!/usr/bin/env bash
# ./jobmesh fuzz [TARGET] [SECONDS]: builds the fuzzers of tests/fuzz with clang and runs one, or all, so long (60 s).
# What a run learns stays in build/fuzz/corpus; inputs that break something stand in build/fuzz/findings.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"

folder="$BUILD/fuzz"
seeds="$JOBMESH_ROOT/tests/fuzz/corpus"

target=all
if [[ ${1:-} =~ ^[a-z] ]]; then
  target="$1"
  shift
fi
seconds="${1:-60}"
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "fuzz: not a number of seconds: $seconds"
mapfile -t targets < <(find "$seeds" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
if [[ $target != all ]]; then
  [[ " ${targets[*]} " == *" $target "* ]] || die "fuzz: no target $target; there are: ${targets[*]}"
  targets=("$target")
fi

# run_target NAME: one target; its log is kept.
run_target() {
  local name="$1" log="$folder/$1.log" runs=""
  mkdir -p "$folder/corpus/$name" "$folder/findings"
  if ! ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    "$folder/fuzz/$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=4096 \
    -print_final_stats=1 -artifact_prefix="$folder/findings/$name-" \
    "$folder/corpus/$name" "$seeds/$name" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    STEP_NOTE="a finding: $log"
    return 1
  fi
  runs="$(awk '/stat::number_of_executed_units/ {print $2}' "$log")"
  STEP_NOTE="$runs inputs, nothing found"
}

step packages install_packages "$JOBMESH_ROOT/deploy/local/packages.txt" "$JOBMESH_ROOT/deploy/local/packages-test.txt"
configure fuzz "$folder"
step "build fuzzers" compile "$folder" "${targets[@]/#/fuzz_}"
# One a core at a time.
found=0
at_once="$(build_jobs)"
running=()
for name in "${targets[@]}"; do
  if [[ ${#running[@]} -ge $at_once ]]; then
    wait "${running[0]}" || found=1
    running=("${running[@]:1}")
  fi
  (step "fuzz $name" run_target "$name" || exit 1) &
  running+=($!)
done
for pid in "${running[@]}"; do
  wait "$pid" || found=1
done
exit "$found"
