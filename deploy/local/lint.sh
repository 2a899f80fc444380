#!/usr/bin/env bash
# ./jobmesh lint [--all]: formatting of every C++ file, clang-tidy on changed files (--all: every file), shellcheck, and Python that compiles.
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

# A file alone takes clang-tidy 20 s and more, so without --all only so many are checked: those that changed most.
TIDY_FILES_AT_MOST=40

# Sources to check, most changed first; headers are checked through them. What changed: since the branch left
# origin/main, or, where there is nothing to compare with, in the newest commit and the working tree.
tidy_files() {
  local base
  if [[ $everything -eq 1 ]]; then
    tracked '*.cc'
    return
  fi
  base="$(git merge-base HEAD origin/main 2>/dev/null || true)"
  if [[ -z $base || $base == "$(git rev-parse HEAD)" ]]; then
    base="$(git rev-parse --verify --quiet HEAD~1 || git hash-object -t tree /dev/null)"
  fi
  {
    git diff --numstat --diff-filter=d "$base" -- '*.cc' | sort -rn | cut -f 3
    git ls-files --others --exclude-standard -- '*.cc'
  }
}

check_tidy() {
  local -a files=("${to_tidy[@]}")
  if [[ $everything -eq 0 && ${#files[@]} -gt $TIDY_FILES_AT_MOST ]]; then
    files=("${files[@]:0:$TIDY_FILES_AT_MOST}")
  fi
  STEP_NOTE="${#files[@]} of ${#to_tidy[@]} changed files"
  [[ ${#files[@]} -gt 0 ]] || return 0
  printf '%s\n' "${files[@]}" | /usr/bin/python3 deploy/local/tidy.py "$BUILD"
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
mapfile -t to_tidy < <(tidy_files)
# For the headers that are generated.
if [[ ${#to_tidy[@]} -gt 0 ]]; then
  configure dev "$BUILD"
  step build compile "$BUILD" all benches
fi
check format check_format
check clang-tidy check_tidy
check shell check_shell
check python check_python
[[ ${#failures[@]} -eq 0 ]] || die "lint: ${failures[*]}"
say "lint: clean"
