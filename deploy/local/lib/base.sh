# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# What every command of the front door shares: paths, messages, timed steps, the lock, free ports.
# Sourced with JOBMESH_ROOT set.
set -euo pipefail

STATE="$(realpath -m "${JOBMESH_STATE_DIR:-$JOBMESH_ROOT/.state}")"
BUILD="$(realpath -m "${JOBMESH_BUILD_DIR:-$JOBMESH_ROOT/build}")"
BIN="$BUILD/bin"
RUN="$STATE/run"
LOGS="$STATE/logs"
SECRETS="$STATE/secrets"

# Variables that mean something to the front door and the tests only; processes never see them.
FRONT_DOOR_VARIABLES=(JOBMESH_ROOT JOBMESH_BUILD_DIR JOBMESH_POSTGRES_PORT
  JOBMESH_TEST_DATABASE_URL JOBMESH_DATA_DIR)

# Prints to stderr, so that what a command answers stays alone on stdout.
say() { printf '%s\n' "$*" >&2; }
die() {
  say "jobmesh: $*"
  exit 1
}

# step NAME COMMAND...: runs a step of `up` or `test` and says how long it took. What the step wants to
# tell goes into STEP_NOTE.
STEP_NOTE=""
step() {
  local name="$1" begin_ms="" end_ms="" result=""
  shift
  STEP_NOTE=""
  begin_ms="$(date +%s%3N)"
  "$@"
  result=$? # not 0 only where the caller asks; elsewhere a failing step has ended the command
  end_ms="$(date +%s%3N)"
  [[ $result -eq 0 ]] || STEP_NOTE="failed"
  printf '%-22s %6s s   %s\n' "$name" "$(decimal_seconds $((end_ms - begin_ms)))" "$STEP_NOTE" >&2
  return "$result"
}

decimal_seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    return 1
  fi
}

# Makes the folders of the state and takes its lock, so that two commands never work on one state at once.
# File descriptor 9 holds the lock until the command ends; started processes close it.
open_state() {
  mkdir -p "$RUN" "$LOGS" "$SECRETS" "$STATE/input/archive"
  chmod 700 "$SECRETS"
  exec 9>>"$STATE/lock"
  if ! flock -n 9; then
    say "another ./jobmesh works on $STATE; waiting for it"
    flock -w 900 9 || die "still busy after 15 minutes: $STATE/lock"
  fi
}

# An interrupt is obeyed between two entries of the records, never between starting a process and noting it.
CRITICAL=0
INTERRUPTED=0
on_interrupt() {
  INTERRUPTED=1
  [[ $CRITICAL -eq 1 ]] || leave_interrupted
}
leave_interrupted() {
  printf '\n%s\n' "interrupted; ./jobmesh up goes on from here, ./jobmesh down stops what was started" >&8
  exit 130
}
# obey_interrupts: from here on. File descriptor 8 is where messages go, wherever the interrupted command wrote to.
obey_interrupts() {
  exec 8>&2
  trap on_interrupt INT TERM
}
begin_critical() { CRITICAL=1; }
end_critical() {
  CRITICAL=0
  [[ $INTERRUPTED -eq 0 ]] || leave_interrupted
}

# port_taken PORT: something listens on it.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# secret NAME: prints the path of a file with a random secret, made on first use and readable by its owner only.
secret() {
  local file="$SECRETS/$1"
  if [[ ! -s $file ]]; then
    (umask 077 && openssl rand -hex 24 >"$file.new" && mv "$file.new" "$file")
  fi
  printf '%s' "$file"
}
