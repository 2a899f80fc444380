#!/usr/bin/env bash
# ./jobmesh verify [lint]: what is generated, rendered or written down agrees with the code: manifests, Prometheus rules,
# dashboards, the Postman collection, documents, and the golden files of the contract tests.
# With `lint`: that every file is as `./jobmesh lint --all` wants it.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"

if [[ ${1:-} == lint ]]; then
  exec bash "$JOBMESH_ROOT/deploy/local/lint.sh" --all
fi
cd "$JOBMESH_ROOT"
export JOBMESH_BUILD_DIR="$BUILD"

check_golden_files() {
  configure dev "$BUILD"
  compile "$BUILD"
  # A tree without contract tests has no golden files to be out of date.
  ctest --test-dir "$BUILD" --output-on-failure -L '^contract$' >&2
}

step packages install_packages deploy/local/packages.txt deploy/local/packages-test.txt
step "deploy and docs" /usr/bin/python3 -m pytest -q -p no:cacheprovider -rs tests/deploy
step "golden files" check_golden_files
say "verify: clean"
