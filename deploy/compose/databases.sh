#!/usr/bin/env bash
# Roles and databases, made once by the entry point of the PostgreSQL image on an empty volume.
set -euo pipefail

make_role() {
  psql --set=ON_ERROR_STOP=1 --username postgres --set=password="$(cat "/run/secrets/$2")" <<SQL
CREATE ROLE $1 LOGIN PASSWORD :'password';
SQL
}
make_database() {
  psql --set=ON_ERROR_STOP=1 --username postgres <<SQL
CREATE DATABASE $1 OWNER $2;
REVOKE ALL ON DATABASE $1 FROM PUBLIC;
SQL
}

make_role jobmesh_user user_password
make_role jobmesh_scraper scraper_password
make_role jobmesh_insights insights_password
make_role jobmesh_search_reader search_password
make_database jobmesh_user jobmesh_user
make_database jobmesh_jobs jobmesh_scraper
make_database jobmesh_insights jobmesh_insights
psql --set=ON_ERROR_STOP=1 --username postgres <<SQL
ALTER ROLE jobmesh_search_reader SET default_transaction_read_only = on;
GRANT CONNECT ON DATABASE jobmesh_jobs TO jobmesh_search_reader;
SQL
