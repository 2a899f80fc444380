#!/usr/bin/env bash
# ./jobmesh lint [--all]: formatting of every C++ file, clang-tidy on the files changed since the branch left
# origin/main (--all: every file), shellcheck, and Python that compiles.
source "$JOBMESH_ROOT/deploy/local/lib/base.sh"
source "$JOBMESH_ROOT/deploy/local/lib/packages.sh"
source "$JOBMESH_ROOT/deploy/local/lib/compile.sh"

cd "$JOBMESH_ROOT"
everything=0
[[ ${1:-} == --all ]] && everything=1
failures=()

# tracked PATTERN...: files of the repository, those about to be added too.
tracked() { git ls-files --cached --others --exclude-standard -- "$@"; }

check() {
  local name="$1"
  shift
  if ! step "$name" "$@"; then
    failures+=("$name")
  fi
}

check_format() {
  tracked '*.h' '*.cc' | xargs -r clang-format --dry-run -Werror
}

# Files worth a clang-tidy run: sources only, headers are checked through them.
tidy_files() {
  local base
  if [[ $everything -eq 1 ]]; then
    tracked '*.cc'
  elif base="$(git merge-base HEAD origin/main 2>/dev/null)" && [[ $base != "$(git rev-parse HEAD)" ]]; then
    { git diff --name-only --diff-filter=d "$base" -- '*.cc'; git ls-files --others --exclude-standard -- '*.cc'; } | sort -u
  else
    # No branch to compare with: what the working tree and the newest commit changed.
    { git diff --name-only --diff-filter=d HEAD~1 -- '*.cc' 2>/dev/null; git ls-files --others --exclude-standard -- '*.cc'; } | sort -u
  fi
}

check_tidy() {
  local -a files
  mapfile -t files < <(tidy_files | grep -F -x -f <(jq -r '.[].file' "$BUILD/compile_commands.json" | sed "s#^$JOBMESH_ROOT/##") || true)
  STEP_NOTE="${#files[@]} files"
  [[ ${#files[@]} -gt 0 ]] || return 0
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$BUILD" 2> >(grep -v -E '^[0-9]+ warnings? generated' >&2)
}

check_shell() {
  { tracked '*.sh'; echo jobmesh; echo .ci/run; } | sort -u | xargs shellcheck -x -P "$JOBMESH_ROOT"
}

check_python() {
  tracked '*.py' | /usr/bin/python3 -c '
import sys
bad = 0
for path in sys.stdin.read().split():
    try:
        compile(open(path, encoding="utf-8").read(), path, "exec")
    except SyntaxError as error:
        print(f"{path}:{error.lineno}: {error.msg}", file=sys.stderr)
        bad = 1
sys.exit(bad)'
}

step packages install_packages deploy/local/packages.txt deploy/local/packages-test.txt
configure dev "$BUILD"
check format check_format
check clang-tidy check_tidy
check shell check_shell
check python check_python
[[ ${#failures[@]} -eq 0 ]] || die "lint: ${failures[*]}"
say "lint: clean"
