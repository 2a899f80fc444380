# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# The inventory of a local mesh: which processes there are, with which settings, in which order.
# Sourced after databases.sh and processes.sh.

SERVICES=(scraper-service user-service insights-service)

# Set by up.sh: every port is chosen by the kernel.
FREE_PORTS=0

# wanted VARIABLE DEFAULT: the port the environment asks for, or the default.
wanted() {
  local value="${!1:-$2}"
  [[ $FREE_PORTS -eq 0 ]] || value=0
  [[ $value =~ ^[0-9]+$ && $value -le 65535 ]] || die "$1 is not a port: $value"
  printf '%s' "$value"
}

# first_replica_port VARIABLE DEFAULT REPLICA: the default for the first replica, a free one for the others and
# where the environment says 0. Another number in the environment cannot hold for many processes.
first_replica_port() {
  local set_to="${!1:-}"
  [[ -z $set_to || $set_to == 0 ]] || die "$1 can only be 0 here: it holds for every process"
  if [[ $3 -gt 1 || $set_to == 0 || $FREE_PORTS -eq 1 ]]; then
    printf '0'
  else
    printf '%s' "$2"
  fi
}

mesh_ports() {
  local service="$1" replica="$2"
  printf 'admin_port=JOBMESH_ADMIN_PORT=%s' \
    "$(first_replica_port JOBMESH_ADMIN_PORT "${ADMIN_PORT[$service]}" "$replica")"
  if [[ -n ${RPC_PORT[$service]:-} ]]; then
    printf ' rpc_port=JOBMESH_RPC_PORT=%s' \
      "$(first_replica_port JOBMESH_RPC_PORT "${RPC_PORT[$service]}" "$replica")"
  fi
}

ensure_discovery() {
  ensure_process discovery-1 "$(mesh_ports discovery 1) http_port=JOBMESH_DISCOVERY_HTTP_PORT=$(wanted JOBMESH_DISCOVERY_HTTP_PORT 3000)" \
    "JOBMESH_MESH_TOKEN_FILE=$(secret mesh.token)"
}

ensure_board() {
  ensure_process sample-board-1 "http_port=JOBMESH_BOARD_PORT=$(wanted JOBMESH_BOARD_PORT 8090)"
}

ensure_gateway() {
  ensure_process gateway-1 "$(mesh_ports gateway 1) http_port=JOBMESH_HTTP_PORT=$(wanted JOBMESH_HTTP_PORT 8080)" \
    "${MESH_SETTINGS[@]}"
}

# service_settings SERVICE: settings of a process of the service, one a line.
service_settings() {
  printf '%s\n' "${MESH_SETTINGS[@]}" "JOBMESH_DATABASE_URL_FILE=$SECRETS/${SERVICE_DATABASE[$1]}.url"
  case "$1" in
    user-service)
      printf '%s\n' "JOBMESH_SEARCH_DATABASE_URL_FILE=$SECRETS/jobmesh_search.url"
      ;;
    scraper-service)
      if [[ -n ${BOARD_URL:-} ]]; then
        printf '%s\n' "JOBMESH_BOARD_URL=$BOARD_URL" \
          "JOBMESH_SOURCES_FILE=${JOBMESH_SOURCES_FILE:-$JOBMESH_ROOT/deploy/local/sources.sample.json}" \
          "JOBMESH_SITES_FILE=${JOBMESH_SITES_FILE:-$JOBMESH_ROOT/deploy/local/sites.sample.json}" \
          "JOBMESH_FETCH_ALLOW=${JOBMESH_FETCH_ALLOW:+$JOBMESH_FETCH_ALLOW,}${BOARD_URL#http://}"
      fi
      ;;
  esac
}

ensure_service() {
  local -a settings
  local ports person_port
  ports="$(mesh_ports "$1" "$2")"
  if [[ $1 == scraper-service ]]; then
    # The first one has the port of document 003's second server.
    person_port=0
    [[ $2 -gt 1 ]] || person_port="$(wanted JOBMESH_RANDOM_USER_PORT 8001)"
    ports+=" random_user_port=JOBMESH_RANDOM_USER_PORT=$person_port"
  fi
  mapfile -t settings < <(service_settings "$1")
  ensure_process "$1-$2" "$ports" "${settings[@]}"
}

# load_mesh_settings: what every process needs to find the others; discovery and, where it is wanted, the sample
# board must be running.
load_mesh_settings() {
  MESH_SETTINGS=(
    "JOBMESH_DISCOVERY_ENDPOINTS=127.0.0.1:$(announced discovery-1 rpc_port)"
    "JOBMESH_MESH_TOKEN_FILE=$(secret mesh.token)"
  )
  BOARD_URL=""
  if process_pid sample-board-1 >/dev/null; then
    BOARD_URL="http://127.0.0.1:$(announced sample-board-1 http_port)"
  fi
}

# run_service SERVICE ARGUMENT...: runs a command of a service's binary with the settings of the mesh.
run_service() {
  local service="$1" variable
  shift
  local -a settings unset_variables=()
  load_mesh_settings
  mapfile -t settings < <(service_settings "$service")
  for variable in "${FRONT_DOOR_VARIABLES[@]}"; do
    unset_variables+=(-u "$variable")
  done
  env "${unset_variables[@]}" JOBMESH_STATE_DIR="$STATE" "${settings[@]}" "$BIN/$service" "$@"
}

# require_running PROCESS: stops with a message when the mesh is not up.
require_running() {
  process_pid "$1" >/dev/null || die "$1 does not run; start with: ./jobmesh up"
}

gateway_url() { printf 'http://127.0.0.1:%s' "$(announced gateway-1 http_port)"; }

# write_prometheus_targets: the admin port of every process, for deploy/prometheus/prometheus.yml.
write_prometheus_targets() {
  local name port
  mkdir -p "$STATE/targets"
  while read -r name; do
    port="$(announced "$name" admin_port)"
    [[ -z $port || $port == 0 ]] ||
      jq -n --arg service "${name%-*}" --arg target "127.0.0.1:$port" \
        '{targets: [$target], labels: {service: $service}}'
  done < <(recorded_names) | jq -s . >"$STATE/targets/mesh.json.new"
  mv "$STATE/targets/mesh.json.new" "$STATE/targets/mesh.json"
}
