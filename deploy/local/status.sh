#!/usr/bin/env bash
# ./jobmesh status [--json]: every process of this state folder, and every address. Exits 0 when all are ready.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"
source "$JOBMESH_ROOT/deploy/local/lib/databases.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"
source "$JOBMESH_ROOT/deploy/local/lib/mesh.sh"

# One JSON object a process.
describe() {
  local name="$1" pid state=dead
  if pid="$(process_pid "$name")"; then
    state=starting
    process_ready "$name" && state=ready
  fi
  jq -n --arg name "$name" --arg service "${name%-*}" --arg state "$state" --arg log "$LOGS/$name.log" \
    --argjson pid "${pid:-null}" \
    --slurpfile announced <(cat "$(announcement "$name")" 2>/dev/null || true) '
    ($announced[0] // {}) as $said |
    {name: $name, service: $service, instance_id: ($said.instance_id // $name), state: $state, pid: $pid,
     log: $log}
    + (if $said.rpc_port then {rpc_address: "127.0.0.1:\($said.rpc_port)"} else {} end)
    + (if ($said.admin_port // 0) != 0 then {admin_url: "http://127.0.0.1:\($said.admin_port)"} else {} end)
    + (if $said.http_port then {http_url: "http://127.0.0.1:\($said.http_port)"} else {} end)
    + (if $said.random_user_port then {random_user_url: "http://127.0.0.1:\($said.random_user_port)"} else {} end)'
}

status_json() {
  local name postgres_pid=""
  postgres_pid="$([[ -d $POSTGRES_HOME ]] && cluster_pid "$POSTGRES_HOME" || true)"
  while read -r name; do
    describe "$name"
  done < <(recorded_names) |
    jq -s --arg state_dir "$STATE" --argjson postgres_pid "${postgres_pid:-null}" \
      --arg postgres_port "$(cat "$POSTGRES_HOME/port" 2>/dev/null || true)" '
    def url(service): (map(select(.service == service and .http_url)) | first | .http_url);
    {state_dir: $state_dir,
     state: (if length == 0 then "stopped"
             elif $postgres_pid != null and all(.[]; .state == "ready") then "ready"
             else "degraded" end),
     gateway_url: url("gateway"),
     websocket_url: (url("gateway") | if . then sub("^http"; "ws") + "/ws" else null end),
     discovery_http_url: url("discovery"),
     sample_board_url: url("sample-board"),
     random_user_url: (map(select(.random_user_url)) | sort_by(.name) | first | .random_user_url),
     admin: (map(select(.admin_url)) | group_by(.service)
             | map({(.[0].service): (map({(.instance_id): .admin_url}) | add)}) | add // {}),
     postgres: (if $postgres_pid == null then null
                else {pid: $postgres_pid, address: "127.0.0.1:\($postgres_port)"} end),
     processes: .}
    | with_entries(select(.value != null))'
}

json="$(status_json)"
if [[ ${1:-} == --json ]]; then
  printf '%s\n' "$json"
else
  jq -r '
    "state     \(.state)   \(.state_dir)",
    (if .gateway_url then "gateway   \(.gateway_url)" else empty end),
    (if .discovery_http_url then "discovery \(.discovery_http_url)" else empty end),
    (if .sample_board_url then "board     \(.sample_board_url)" else empty end),
    (if .random_user_url then "person    \(.random_user_url)" else empty end),
    (if .postgres then "postgres  \(.postgres.address)   pid \(.postgres.pid)" else "postgres  stopped" end),
    "",
    (.processes[] | [.name, .state, "pid \(.pid // "-")", "rpc \(.rpc_address // "-")", "admin \(.admin_url // "-")"]
     | join("   "))' <<<"$json"
fi
[[ $(jq -r .state <<<"$json") == ready ]]
