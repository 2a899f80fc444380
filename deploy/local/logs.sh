#!/usr/bin/env bash
# ./jobmesh logs [SERVICE]: follows the logs of all processes, or of one service or process.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"

shopt -s nullglob
files=("$LOGS/${1:-}"*.log)
[[ ${#files[@]} -gt 0 ]] || die "no logs ${1:+of $1 }in $LOGS"
exec tail -n 50 -F "${files[@]}"
