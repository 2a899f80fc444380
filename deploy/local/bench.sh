#!/usr/bin/env bash
# ./jobmesh bench [NAME] [ARGUMENTS]: runs tests/bench/NAME.py or NAME.sh; without a name, lists them.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"

folder="$JOBMESH_ROOT/tests/bench"
if [[ $# -eq 0 ]]; then
  shopt -s nullglob
  for file in "$folder"/*.py "$folder"/*.sh; do
    name="$(basename "$file")"
    # The first sentence of the file's own description.
    printf '%-24s %s\n' "${name%.*}" "$(sed -n '1,5{s/^\("""\|# \)\([A-Z].*\)/\2/p}' "$file" | head -n 1 | tr -d '"')"
  done
  exit 0
fi
name="$1"
shift
export JOBMESH_BUILD_DIR="$BUILD"
# In a subshell: what cannot be installed is skipped by the benchmark, and ends nothing.
(install_packages "$JOBMESH_ROOT/deploy/local/packages.txt" "$JOBMESH_ROOT/deploy/local/packages-bench.txt") ||
  say "going on with what is there"
if [[ -f $folder/$name.py ]]; then
  exec /usr/bin/python3 "$folder/$name.py" "$@"
elif [[ -f $folder/$name.sh ]]; then
  exec bash "$folder/$name.sh" "$@"
fi
die "no benchmark $name; ./jobmesh bench lists them"
