# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# A private PostgreSQL cluster, listening on loopback only, with a random superuser password. Sourced after base.sh.
# A cluster is named by its home, the folder that belongs to it:
#   <home>/superuser.password, <home>/port, <home>/path (where the cluster's data is, once it exists).

PG_BIN=/usr/lib/postgresql/15/bin

# as_postgres COMMAND...: PostgreSQL refuses root; then it runs as the system's user postgres.
as_postgres() {
  if [[ $(id -u) -eq 0 ]]; then
    setpriv --reuid=postgres --regid=postgres --init-groups --reset-env "$@"
  else
    "$@"
  fi
}

# cluster_path HOME: prints where the data is or will be: in the home, or, where the user postgres cannot
# reach that, under /var/lib/jobmesh.
cluster_path() {
  local home="$1" path
  if [[ -s $home/path ]]; then
    cat "$home/path"
    return
  fi
  mkdir -p "$home"
  path="$home/data"
  if [[ $(id -u) -eq 0 ]] && ! as_postgres test -x "$home"; then
    path="/var/lib/jobmesh/$(printf '%s' "$home" | sha256sum | cut -c1-16)"
    say "the user postgres cannot reach $home; the database is in $path"
  fi
  printf '%s\n' "$path" >"$home/path"
  printf '%s' "$path"
}

# cluster_pid HOME: prints the process id of the running server; fails when it does not run.
cluster_pid() {
  local data pid
  data="$(cluster_path "$1")/pg"
  [[ -r $data/postmaster.pid ]] || return 1
  pid="$(head -n 1 "$data/postmaster.pid")"
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$data" || return 1
  printf '%s' "$pid"
}

# create_cluster HOME SETTING...: makes the cluster when there is none; settings are lines of postgresql.conf.
create_cluster() {
  local home="$1" path password_file
  shift
  path="$(cluster_path "$home")"
  [[ -d $path/pg ]] && return
  (umask 077 && openssl rand -hex 24 >"$home/superuser.password")
  mkdir -p "$path"
  rm -rf "$path/pg.new"
  # initdb reads the password as the user it runs as.
  password_file="$path/initdb.password"
  install -m 600 "$home/superuser.password" "$password_file"
  if [[ $(id -u) -eq 0 ]]; then
    chown postgres:postgres "$path" "$password_file"
  fi
  local -a durability=()
  [[ "$*" != *"fsync = off"* ]] || durability=(--no-sync)
  as_postgres "$PG_BIN/initdb" "${durability[@]}" -D "$path/pg.new" --username=postgres --pwfile="$password_file" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$LOGS/initdb.log" 2>&1 ||
    die "initdb failed: $LOGS/initdb.log"
  rm -f "$password_file"
  {
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = ''"
    echo "max_connections = 120"
    echo "max_prepared_transactions = 120  # account deletion commits in two phases"
    printf '%s\n' "$@"
  } | as_postgres tee -a "$path/pg.new/postgresql.conf" >/dev/null
  as_postgres mv "$path/pg.new" "$path/pg"
}

# start_cluster HOME LOG: starts the server when it does not run, and waits until it answers. It keeps its
# port; when somebody else took that, it gets a free one.
start_cluster() {
  local home="$1" log="$2" data port pid deadline
  data="$(cluster_path "$home")/pg"
  if pid="$(cluster_pid "$home")"; then
    STEP_NOTE="running on port $(cat "$home/port")"
    return
  fi
  port="$(cat "$home/port" 2>/dev/null || echo "${JOBMESH_POSTGRES_PORT:-0}")"
  if [[ $port -eq 0 ]] || port_taken "$port"; then
    port="$(free_port)"
  fi
  printf '%s\n' "$port" >"$home/port"
  rm -f "$data/postmaster.pid"
  begin_critical
  (
    cd /
    if [[ $(id -u) -eq 0 ]]; then
      exec setsid setpriv --reuid=postgres --regid=postgres --init-groups --reset-env \
        "$PG_BIN/postgres" -D "$data" -p "$port"
    fi
    exec setsid "$PG_BIN/postgres" -D "$data" -p "$port"
  ) >>"$log" 2>&1 </dev/null 8>&- 9>&- &
  pid=$!
  end_critical
  deadline=$((SECONDS + 60))
  until "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    kill -0 "$pid" 2>/dev/null || die "PostgreSQL did not start: $log"
    ((SECONDS < deadline)) || die "PostgreSQL does not answer: $log"
    sleep 0.05
  done
  STEP_NOTE="port $port"
}

# stop_cluster HOME: fast shutdown, then waits.
stop_cluster() {
  local pid deadline
  pid="$(cluster_pid "$1")" || return 0
  kill -INT "$pid"
  deadline=$((SECONDS + 60))
  while kill -0 "$pid" 2>/dev/null; do
    ((SECONDS < deadline)) || die "PostgreSQL (process $pid) does not stop"
    sleep 0.05
  done
}

# superuser_url HOME DATABASE
superuser_url() {
  printf 'postgresql://postgres:%s@127.0.0.1:%s/%s' "$(cat "$1/superuser.password")" "$(cat "$1/port")" "$2"
}

# run_sql HOME DATABASE: runs the statements of stdin as superuser.
run_sql() {
  "$PG_BIN/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --output=/dev/null "$(superuser_url "$1" "$2")"
}
