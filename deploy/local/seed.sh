#!/usr/bin/env bash
# ./jobmesh seed N: makes N synthetic postings and imports them through the refinement.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"
source "$JOBMESH_ROOT/deploy/local/lib/databases.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"
source "$JOBMESH_ROOT/deploy/local/lib/mesh.sh"

[[ ${1:-} =~ ^[1-9][0-9]*$ ]] || die "seed: how many postings?"
require_running discovery-1
"$BIN/posting-generator" --count "$1" | run_service scraper-service import -
