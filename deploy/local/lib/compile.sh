# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# Configuring and building. Sourced after base.sh.

# Programs that `up` starts or runs.
PROGRAMS=(discovery gateway user-service scraper-service insights-service sample-board posting-generator)

# One compiler a core, fewer where memory is short: a translation unit of gRPC takes up to 1.5 GB.
build_jobs() {
  local cores memory_mb by_memory
  cores="$(nproc)"
  memory_mb="$(awk '/MemAvailable/ {print int($2 / 1024)}' /proc/meminfo)"
  by_memory=$((memory_mb / 1500))
  [[ $by_memory -ge 1 ]] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# configure PRESET FOLDER: only where the folder has no build files yet; Ninja configures again by itself.
configure() {
  local preset="$1" folder="$2"
  [[ -f $folder/build.ninja ]] && return
  say "configuring $folder"
  (cd "$JOBMESH_ROOT" && cmake --preset "$preset" -B "$folder") >&2
}

# compile FOLDER [TARGET...]: builds with visible progress; silent when there is nothing to do.
compile() {
  local folder="$1" plan
  shift
  plan="$(ninja -C "$folder" -n "$@" 2>/dev/null | tail -n 1)" || plan=""
  if [[ $plan == *"no work to do"* ]]; then
    STEP_NOTE="up to date"
    return
  fi
  NINJA_STATUS='[%f/%t %es] ' ninja -C "$folder" -j "$(build_jobs)" "$@" >&2
}

# Builds the programs, but not the tests: a first `up` is ready sooner.
build_programs() {
  configure dev "$BUILD"
  compile "$BUILD" "${PROGRAMS[@]}"
}
