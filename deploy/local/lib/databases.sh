# shellcheck shell=bash
# shellcheck disable=SC2034  # the sourcing file uses them
# Roles and databases of the services, and their connection URLs. Sourced after postgres.sh.

POSTGRES_HOME="$STATE/postgres"
# Database and the role that owns it.
declare -A DATABASE_OWNER=([jobmesh_user]=jobmesh_user [jobmesh_jobs]=jobmesh_scraper
  [jobmesh_insights]=jobmesh_insights)
# Database a service works on.
declare -A SERVICE_DATABASE=([user-service]=jobmesh_user [scraper-service]=jobmesh_jobs
  [insights-service]=jobmesh_insights)

# database_url ROLE DATABASE
database_url() {
  printf 'postgresql://%s:%s@127.0.0.1:%s/%s' "$1" "$(cat "$(secret "$1.password")")" \
    "$(cat "$POSTGRES_HOME/port")" "$2"
}

# Prints the statements that make one role; the password is set anew, so file and database always agree.
role_statements() {
  local role="$1" password
  password="$(cat "$(secret "$role.password")")"
  cat <<SQL
DO \$\$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$role') THEN CREATE ROLE $role LOGIN; END IF;
END \$\$;
ALTER ROLE $role PASSWORD '$password';
SQL
}

create_databases() {
  local database
  {
    role_statements jobmesh_search_reader
    echo "ALTER ROLE jobmesh_search_reader SET default_transaction_read_only = on;"
    for database in "${!DATABASE_OWNER[@]}"; do
      role_statements "${DATABASE_OWNER[$database]}"
      cat <<SQL
SELECT 'CREATE DATABASE $database OWNER ${DATABASE_OWNER[$database]}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$database') \\gexec
REVOKE ALL ON DATABASE $database FROM PUBLIC;
SQL
    done
    echo "GRANT CONNECT ON DATABASE jobmesh_jobs TO jobmesh_search_reader;"
  } | run_sql "$POSTGRES_HOME" postgres
  for database in "${!DATABASE_OWNER[@]}"; do
    write_url_file "$database.url" "$(database_url "${DATABASE_OWNER[$database]}" "$database")"
  done
  write_url_file jobmesh_search.url "$(database_url jobmesh_search_reader jobmesh_jobs)"
}

write_url_file() {
  (umask 077 && printf '%s\n' "$2" >"$SECRETS/$1.new" && mv "$SECRETS/$1.new" "$SECRETS/$1")
}
