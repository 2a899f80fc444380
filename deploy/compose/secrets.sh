#!/usr/bin/env bash
# Makes the secrets of compose.yaml in deploy/compose/secrets, once; what exists is kept.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
# Every container reads its own as a mounted file, so the folder is what keeps others out.
mkdir -p secrets
chmod 700 secrets

make_secret() { [[ -s secrets/$1 ]] || openssl rand -hex 24 | tr -d '\n' >"secrets/$1"; }

# make_url FILE ROLE DATABASE
make_url() {
  printf 'postgresql://%s:%s@postgres:5432/%s' "$2" "$(cat "secrets/$2.password")" "$3" >"secrets/$1"
}

for name in mesh.token postgres.password grafana.password jobmesh_user.password jobmesh_scraper.password \
  jobmesh_insights.password jobmesh_search_reader.password; do
  make_secret "$name"
done
make_url jobmesh_user.url jobmesh_user jobmesh_user
make_url jobmesh_jobs.url jobmesh_scraper jobmesh_jobs
make_url jobmesh_insights.url jobmesh_insights jobmesh_insights
make_url jobmesh_search.url jobmesh_search_reader jobmesh_jobs
chmod 644 secrets/*
