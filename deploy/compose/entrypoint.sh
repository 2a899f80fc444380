#!/bin/sh
# Starts a process of the mesh as the container's own: it listens on, and announces to discovery, the address
# of this container, unless the environment names another.
set -eu
: "${JOBMESH_RPC_ADDRESS:=$(hostname -i | cut -d ' ' -f 1)}"
export JOBMESH_RPC_ADDRESS
exec "$@"
