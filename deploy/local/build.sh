#!/usr/bin/env bash
# ./jobmesh build [TARGET ...]: configures and builds; everything when no target is named.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"

step packages install_packages "$JOBMESH_ROOT/deploy/local/packages.txt"
configure dev "$BUILD"
step build compile "$BUILD" "$@"
