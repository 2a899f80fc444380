#!/usr/bin/env bash
# ./jobmesh up [--replicas N] [--no-demo] [--free-ports]: see ./jobmesh help. Safe to repeat and to interrupt.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"
source "$JOBMESH_ROOT/deploy/local/lib/databases.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"
source "$JOBMESH_ROOT/deploy/local/lib/mesh.sh"

replicas=2
demo=1
while [[ $# -gt 0 ]]; do
  case "$1" in
    --replicas)
      replicas="${2:-}"
      [[ $replicas =~ ^[1-9]$ ]] || die "--replicas takes a number from 1 to 9"
      shift
      ;;
    --no-demo) demo=0 ;;
    --free-ports) FREE_PORTS=1 ;;
    *) die "up: unknown argument: $1" ;;
  esac
  shift
done

start_database() {
  create_cluster "$POSTGRES_HOME" "shared_buffers = '256MB'"
  start_cluster "$POSTGRES_HOME" "$LOGS/postgres.log"
  create_databases
}

# Migrations run when the binary that carries them changed; they take a lock, so running them again is harmless.
migrate_databases() {
  local service done_file version
  local -a migrated=()
  for service in "${SERVICES[@]}"; do
    done_file="$RUN/$service.migrated"
    version="$(stat -c '%i %s %Y' "$BIN/$service") $(cat "$SECRETS/${SERVICE_DATABASE[$service]}.url")"
    [[ "$(cat "$done_file" 2>/dev/null)" == "$version" ]] && continue
    run_service "$service" migrate >>"$LOGS/migrate.log" 2>&1 || {
      tail -n 20 "$LOGS/migrate.log" >&2
      die "$service migrate failed: $LOGS/migrate.log"
    }
    (umask 077 && printf '%s\n' "$version" >"$done_file")
    migrated+=("$service")
  done
  STEP_NOTE="${migrated[*]:-up to date}"
}

start_foundation() {
  local -a first=(discovery-1)
  ensure_discovery
  if [[ $demo -eq 1 ]]; then
    ensure_board
    first+=(sample-board-1)
  elif process_pid sample-board-1 >/dev/null; then
    stop_processes sample-board-1
    forget_process sample-board-1
  fi
  await_processes 60 "${first[@]}"
  load_mesh_settings
}

# A process that has to be restarted is replaced before the next is touched, so that the mesh stays whole.
start_services() {
  local service replica name
  local -a names=()
  for ((replica = 1; replica <= replicas; replica++)); do
    for service in "${SERVICES[@]}"; do
      name="$service-$replica"
      names+=("$name")
      if process_pid "$name" >/dev/null; then
        STARTED=()
        ensure_service "$service" "$replica"
        [[ ${#STARTED[@]} -eq 0 ]] || await_processes 60 "$name"
      else
        ensure_service "$service" "$replica"
      fi
    done
  done
  ensure_gateway
  await_processes 60 "${names[@]}" gateway-1
}

stop_surplus_replicas() {
  local name
  local -a surplus=()
  while read -r name; do
    if [[ ${name##*-} -gt $replicas ]]; then
      surplus+=("$name")
    fi
  done < <(recorded_names)
  [[ ${#surplus[@]} -gt 0 ]] || return 0
  stop_processes "${surplus[@]}"
  for name in "${surplus[@]}"; do
    forget_process "$name"
  done
  STEP_NOTE="drained ${surplus[*]}"
}

# The demo's postings: scraped once for each sample board, later by the scraper's schedule or ./jobmesh scrape.
scrape_demo() {
  if [[ "$(cat "$RUN/demo.scraped" 2>/dev/null)" == "$BOARD_URL" ]]; then
    STEP_NOTE="done before"
    return
  fi
  run_service scraper-service scrape >"$LOGS/scrape.log" 2>&1 || {
    tail -n 20 "$LOGS/scrape.log" >&2
    die "the first scrape failed: $LOGS/scrape.log"
  }
  printf '%s\n' "$BOARD_URL" >"$RUN/demo.scraped"
  STEP_NOTE="$(awk '{printf "%s%s %s", sep, $1, $2; sep = ", "}' "$LOGS/scrape.log")"
}

obey_interrupts
begin_s=$SECONDS
step packages install_packages "$JOBMESH_ROOT/deploy/local/packages.txt"
open_state
step build build_programs
step database start_database
step migrations migrate_databases
step "discovery, board" start_foundation
step services start_services
step replicas stop_surplus_replicas
write_prometheus_targets
[[ $demo -eq 0 ]] || step "first scrape" scrape_demo

url="$(gateway_url)"
cat <<TEXT

JobMesh is ready after $((SECONDS - begin_s)) s.

  Gateway         $url
  WebSocket       ${url/http/ws}/ws
  Discovery       http://127.0.0.1:$(announced discovery-1 http_port)
${BOARD_URL:+  Sample board    $BOARD_URL
}  State and logs  $STATE

Try it:
  curl '$url/find-jobs?title=python'
TEXT
