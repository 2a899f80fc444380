#!/usr/bin/env bash
# ./jobmesh token ROLE [--user-id N --first-name F --last-name L]: prints {"authorization", "user_info"}.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"
source "$JOBMESH_ROOT/deploy/local/lib/databases.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"
source "$JOBMESH_ROOT/deploy/local/lib/mesh.sh"

[[ $# -gt 0 ]] || die "token: which role? USER, ADMIN, DATA_ADMIN or RESEARCHER"
require_running discovery-1
run_service user-service token "$@"
