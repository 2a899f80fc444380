# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# Starting, finding and stopping the processes of the mesh. Sourced after base.sh.
#
# A process is called SERVICE-REPLICA. In $RUN it has two files:
#   NAME.json       what the front door knows: pid, fingerprint, the ports asked for
#   NAME.announce   what the process says once it is ready: instance id, pid, the ports it got

# gRPC and admin port of the first replica; the others take free ones.
declare -A RPC_PORT=([discovery]=50050 [user-service]=50051 [scraper-service]=50052 [insights-service]=50053)
declare -A ADMIN_PORT=([gateway]=9100 [discovery]=9101 [user-service]=9102 [scraper-service]=9103
  [insights-service]=9104)

# Settings without our prefix that processes read: a change of them restarts too.
FOREIGN_SETTINGS='HTTP_TIMEOUT|HTTP_RETRIES|JWT_AUTH|JWKS_URL|STACK|BUMP_ENABLED|PARSER_AUTH|DEFAULT_EXP_DELTA_MIN|INPUT_DIR'

record() { printf '%s/%s.json' "$RUN" "$1"; }
announcement() { printf '%s/%s.announce' "$RUN" "$1"; }

# flat_value FILE KEY: prints a number or string of a JSON object without nested ones; empty where it has none.
# Plain bash: it is asked for often, and starting jq each time would be most of what `up` does.
flat_value() {
  local text=""
  [[ -r $1 ]] && text="$(<"$1")"
  if [[ $text =~ \"$2\":[[:space:]]*(\"([^\"]*)\"|([0-9]+)) ]]; then
    printf '%s' "${BASH_REMATCH[2]}${BASH_REMATCH[3]}"
  fi
}

# announced NAME KEY: prints a value the process announced; empty where it announced none.
announced() { flat_value "$(announcement "$1")" "$2"; }

# recorded_names: every process that was started and not stopped by a command, in order of name.
recorded_names() {
  local file
  for file in "$RUN"/*.json; do
    [[ -e $file ]] && basename "$file" .json
  done
}

# process_pid NAME: prints the pid of the running process; fails when it does not run. A pid that now belongs
# to somebody else is recognised by its environment: the announce file is nobody else's.
process_pid() {
  local pid stat
  pid="$(flat_value "$(record "$1")" pid)"
  [[ -n $pid && -r /proc/$pid/environ ]] || return 1
  grep -qzxF "JOBMESH_ANNOUNCE_FILE=$(announcement "$1")" "/proc/$pid/environ" 2>/dev/null || return 1
  # A zombie has ended; its parent only did not ask for it yet.
  stat="$(<"/proc/$pid/stat")" 2>/dev/null || return 1
  [[ ! $stat =~ \)\ Z\  ]] || return 1
  printf '%s' "$pid"
}

# choose_port NAME KEY WANTED: prints the port to ask for. A process that is started again keeps its port while
# that is free; a port that somebody else has is replaced by a free one.
choose_port() {
  local name="$1" key="$2" wanted="$3" last before
  last="$(announced "$name" "$key")"
  before="$(flat_value "$(record "$name")" "wanted_$key")"
  if [[ -n ${AVOID[$name]:-} ]]; then
    printf '0'
  elif [[ -n $last && $before == "$wanted" && $last -ne 0 ]] && ! port_taken "$last"; then
    printf '%s' "$last"
  elif [[ $wanted -ne 0 ]] && port_taken "$wanted"; then
    say "  port $wanted is taken; $name gets a free one instead of it"
    printf '0'
  else
    printf '%s' "$wanted"
  fi
}

# fingerprint BINARY SETTING...: changes whenever the process would have to be restarted to be up to date.
fingerprint() {
  local binary="$1"
  shift
  {
    stat -c '%i %s %Y' "$binary"
    printf '%s\n' "$@"
    env | grep -E "^(JOBMESH_[A-Z_]*|$FOREIGN_SETTINGS)=" | sort
  } | sha256sum | cut -d ' ' -f 1
}

# ensure_process NAME PORTS SETTING...: starts the process, or restarts it when it is not up to date; one that
# runs and is up to date is left alone. PORTS: `key=VARIABLE=wanted` separated by blanks. Names of what was
# started are added to STARTED.
STARTED=()
# How to start a process of this run again, and the ports it asked for, by name.
declare -A LAUNCH=() ASKED=()
ensure_process() {
  local name="$1" ports="$2" service binary print pid entry key variable wanted port
  LAUNCH[$name]="$(printf '%q ' "$@")"
  ASKED[$name]=""
  shift 2
  service="${name%-*}"
  binary="$BIN/$service"
  local -a arguments=()
  # The sample board is no process of the mesh: it tells its port by a file of its own.
  [[ $service != sample-board ]] || arguments=(--port-file "$RUN/$name.port")
  [[ -x $binary ]] || die "not built: $binary"
  print="$(fingerprint "$binary" "$ports" "$@" "${arguments[@]}")"
  if pid="$(process_pid "$name")"; then
    [[ $(flat_value "$(record "$name")" fingerprint) == "$print" ]] && return
    say "  $name is out of date: draining it"
    stop_processes "$name"
  fi
  local -a settings=("$@") wanted_members=()
  for entry in $ports; do
    IFS='=' read -r key variable wanted <<<"$entry"
    port="$(choose_port "$name" "$key" "$wanted")"
    settings+=("$variable=$port")
    ASKED[$name]+="$port "
    wanted_members+=("$(printf '"wanted_%s": %s' "$key" "$wanted")")
  done
  local -a unset_variables=()
  for variable in "${FRONT_DOOR_VARIABLES[@]}"; do
    unset_variables+=(-u "$variable")
  done
  rm -f "$(announcement "$name")" "$RUN/$name.port"
  begin_critical
  setsid env "${unset_variables[@]}" JOBMESH_STATE_DIR="$STATE" \
    JOBMESH_ANNOUNCE_FILE="$(announcement "$name")" "${settings[@]}" \
    "$binary" "${arguments[@]}" >>"$LOGS/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  pid=$!
  (
    IFS=,
    printf '{"pid": %d, "fingerprint": "%s", %s}\n' "$pid" "$print" "${wanted_members[*]}"
  ) >"$(record "$name").new"
  mv "$(record "$name").new" "$(record "$name")"
  end_critical
  # Until the program itself runs, the process cannot be told from others.
  while kill -0 "$pid" 2>/dev/null && ! process_pid "$name" >/dev/null; do sleep 0.01; done
  STARTED+=("$name")
}

# retry_process NAME: it ended while starting. Where that was because it could not listen - somebody took a port in
# the moment between looking and listening - it is started once more, on free ones; otherwise this fails.
declare -A AVOID=()
retry_process() {
  local name="$1"
  [[ -z ${AVOID[$name]:-} && ${ASKED[$name]:-} =~ [1-9] ]] || return 1
  tail -n 3 "$LOGS/$name.log" | grep -qiE 'listen|in use|bind' || return 1
  say "  $name could not listen on its ports; it gets free ones instead of them"
  AVOID[$name]="${ASKED[$name]}"
  eval "ensure_process ${LAUNCH[$name]}"
}

# process_ready NAME: it has announced itself and says it is ready.
process_ready() {
  local admin_port
  if [[ -s $RUN/$1.port && ! -s $(announcement "$1") ]]; then
    printf '{"service": "%s", "instance_id": "%s", "http_port": %d}\n' "${1%-*}" "$1" "$(<"$RUN/$1.port")" \
      >"$(announcement "$1")"
  fi
  [[ -s $(announcement "$1") ]] || return 1
  admin_port="$(announced "$1" admin_port)"
  [[ -z $admin_port || $admin_port == 0 ]] && return
  curl -fsS -o /dev/null -m 2 "http://127.0.0.1:$admin_port/readyz" 2>/dev/null
}

# await_processes SECONDS NAME...: returns when all are ready; says so one by one, and stops with the end of the
# log of one that died or did not get ready.
await_processes() {
  local deadline=$((SECONDS + $1)) name
  shift
  local -a waiting=("$@") still=()
  while [[ ${#waiting[@]} -gt 0 ]]; do
    still=()
    for name in "${waiting[@]}"; do
      if process_ready "$name"; then
        say "  $(describe_process "$name")"
      elif ! process_pid "$name" >/dev/null; then
        retry_process "$name" || fail_process "$name" "ended while starting"
        still+=("$name")
      else
        still+=("$name")
      fi
    done
    waiting=("${still[@]}")
    [[ ${#waiting[@]} -eq 0 ]] && break
    ((SECONDS < deadline)) || fail_process "${waiting[0]}" "did not get ready"
    sleep 0.1
  done
}

describe_process() {
  local name="$1" key port
  printf '%-20s ready' "$name"
  for key in rpc http admin; do
    port="$(announced "$name" "${key}_port")"
    [[ -z $port ]] || printf '  %s %s' "$key" "$port"
  done
}

fail_process() {
  say ""
  say "$1 $2; the end of $LOGS/$1.log:"
  tail -n 20 "$LOGS/$1.log" >&2
  exit 1
}

# stop_processes NAME...: drains all of them at once and waits. One that does not end within its
# deadline is killed, and that is said.
stop_processes() {
  local name pid deadline
  local limit_s=$((${JOBMESH_DRAIN_DELAY_MS:-0} / 1000 + ${JOBMESH_DRAIN_DEADLINE_MS:-30000} / 1000 + 10))
  for name in "$@"; do
    if pid="$(process_pid "$name")"; then
      kill -TERM "$pid"
      kill -CONT "$pid" # one that was paused drains too
    fi
  done
  deadline=$((SECONDS + limit_s))
  for name in "$@"; do
    while pid="$(process_pid "$name")"; do
      if ((SECONDS >= deadline)); then
        say "  $name (process $pid) did not drain within $limit_s s: killing it"
        kill -KILL "$pid"
        deadline=$((deadline + 5))
      fi
      sleep 0.05
    done
  done
}

# forget_process NAME: it is stopped for good, not to be started again by itself.
forget_process() { rm -f "$(record "$1")"; }
