# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# Debian packages: what is missing, and installing it. Sourced after base.sh.

# missing_packages FILE...: packages of the lists that are not installed.
missing_packages() {
  local -a wanted=()
  local line package command
  while read -r line; do
    line="${line%%#*}"
    line="${line//[[:space:]]/}"
    [[ -n $line ]] || continue
    package="${line%%:*}"
    command="${line#*:}"
    if [[ $line == *:* ]] && command -v "$command" >/dev/null; then
      continue
    fi
    wanted+=("$package")
  done < <(cat "$@")
  # `ii` is installed; architecture qualifiers and virtual packages are left to apt.
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null |
      sed -n 's/^ii *//p' | sort -u)
}

# install_packages FILE...: installs what is missing, or says what is.
install_packages() {
  command -v dpkg-query >/dev/null || die "needs a Debian system; packages are in deploy/local/packages.txt"
  local -a missing=()
  mapfile -t missing < <(missing_packages "$@")
  if [[ ${#missing[@]} -eq 0 ]]; then
    STEP_NOTE="all installed"
    return
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! as_root true; then
    die "needs these packages and may not install them: apt-get install ${missing[*]}"
  fi
  local log="$LOGS/packages.log"
  mkdir -p "$LOGS"
  if ! { as_root apt-get update && as_root apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "could not install the packages; all of it: $log"
  fi
  STEP_NOTE="installed ${#missing[@]}"
}
