#!/usr/bin/env bash
# ./jobmesh down: drains the gateway first and stops PostgreSQL last. What is stored stays.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"
source "$JOBMESH_ROOT/deploy/local/lib/databases.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"
source "$JOBMESH_ROOT/deploy/local/lib/mesh.sh"

stop_group() {
  local service="$1" name
  local -a names=()
  while read -r name; do
    if [[ ${name%-*} == "$service" ]]; then
      names+=("$name")
    fi
  done < <(recorded_names)
  [[ ${#names[@]} -gt 0 ]] || return 0
  stop_processes "${names[@]}"
  for name in "${names[@]}"; do
    forget_process "$name"
  done
  STEP_NOTE="${names[*]}"
}

if [[ ! -d $STATE ]]; then
  say "nothing runs: there is no $STATE"
  exit 0
fi
obey_interrupts
open_state
for service in gateway insights-service scraper-service user-service sample-board discovery; do
  step "$service" stop_group "$service"
done
step database stop_cluster "$POSTGRES_HOME"
