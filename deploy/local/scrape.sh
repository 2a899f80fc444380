#!/usr/bin/env bash
# ./jobmesh scrape [SOURCE]: scrapes one source, or all, through the running mesh, and waits for the outcome.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/postgres.sh"
source "$JOBMESH_ROOT/deploy/local/lib/databases.sh"
source "$JOBMESH_ROOT/deploy/local/lib/processes.sh"
source "$JOBMESH_ROOT/deploy/local/lib/mesh.sh"

require_running discovery-1
run_service scraper-service scrape "$@"
