-- Statements over the scraper-service's contract views. Job search is put together from these pieces by
-- search/search_statements.cc: {name} stands for another piece.

-- name: job_columns
p.job_id, p.posting_id, p.title, p.company, p.location, p.description,
to_char(p.sort_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS date_posted,
p.salary_min, p.salary_max, p.salary_currency, p.salary_period, p.experience_min_years, p.skills, p.url, p.source,
p.seniority, p.employment_type, p.remote_mode

-- name: job_condition
-- Parameters 1-16, made by FilterParams; NULL means no such condition. Planned with their values, so that what is NULL
-- costs nothing.
p.open AND p.is_primary
AND ($1::text IS NULL OR p.title_tsv @@ to_tsquery('simple', $1))
AND ($2::text[] IS NULL OR p.title ILIKE ALL ($2))
AND ($3::text IS NULL OR p.tsv @@ to_tsquery('simple', $3))
AND ($4::text[] IS NULL OR p.title || ' ' || p.description ILIKE ALL ($4))
AND ($5::text IS NULL OR p.tsv @@ websearch_to_tsquery('simple', $5))
AND ($6::text[] IS NULL OR p.title || ' ' || p.description ILIKE ALL ($6))
AND ($7::text IS NULL OR p.location ILIKE $7)
AND ($8::text IS NULL OR p.company ILIKE $8)
AND ($9::text[] IS NULL OR p.skills && $9)
AND ($10::text IS NULL OR p.seniority = $10)
AND ($11::text IS NULL OR p.employment_type = $11)
AND ($12::text IS NULL OR p.remote_mode = $12)
AND ($13::numeric IS NULL OR coalesce(p.annual_max_usd, p.annual_min_usd) >= $13)
AND ($14::timestamptz IS NULL OR p.sort_time >= $14)
AND ($15::text IS NULL OR p.source = $15)
AND ($16::boolean IS NULL OR (coalesce(p.salary_min, p.salary_max) IS NOT NULL) = $16)

-- name: newest_bound
ORDER BY p.sort_time DESC, p.posting_id DESC LIMIT 5000

-- name: relevance_key
ts_rank(p.tsv, CASE WHEN coalesce($1, $3) IS NULL THEN websearch_to_tsquery('simple', $5)
                    ELSE to_tsquery('simple', coalesce($1, $3)) END)::float8

-- name: count_jobs
SELECT count(*) AS jobs FROM (SELECT FROM search_v1.posting p WHERE {job_condition} LIMIT 5001) m;

-- name: search_by_walk
-- For common words: most postings on the way pass, so the page is soon full.
SELECT {job_columns}, p.sort_time::text AS sort_key
  FROM search_v1.posting p
 WHERE {job_condition}
   AND ($17::text IS NULL OR (p.sort_time, p.posting_id) < ($17::timestamptz, $18::uuid))
 ORDER BY p.sort_time DESC, p.posting_id DESC
 LIMIT $19;

-- name: search_by_sort
-- For rare words: everything that passes is found first. Materialised, or the planner, which takes every word outside
-- its statistics for common, would walk over the whole table after all.
WITH m AS MATERIALIZED (
  SELECT p.posting_id, {key} AS sort_key FROM search_v1.posting p WHERE {job_condition} {bound}
)
SELECT {job_columns}, k.sort_key::text AS sort_key
  FROM (SELECT * FROM m
         WHERE $17::text IS NULL OR (m.sort_key, m.posting_id) < ($17::{key_type}, $18::uuid)
         ORDER BY m.sort_key DESC, m.posting_id DESC
         LIMIT $19) k
  JOIN search_v1.posting p USING (posting_id)
 ORDER BY k.sort_key DESC, k.posting_id DESC;

-- name: count_facets
WITH m AS MATERIALIZED (
  SELECT p.skills, p.seniority, p.employment_type, p.remote_mode, p.location, p.company, p.source
    FROM search_v1.posting p WHERE {job_condition} {bound}
), member AS (
  SELECT 'skills' AS facet, s.value FROM m, unnest(m.skills) AS s (value)
  UNION ALL
  SELECT f.facet, f.value
    FROM m, LATERAL (VALUES ('seniority', m.seniority), ('employment_type', m.employment_type),
                            ('remote_mode', m.remote_mode), ('location', m.location), ('company', m.company),
                            ('source', m.source)) AS f (facet, value)
   WHERE f.value <> ''
), counted AS (
  SELECT facet, value, count(*) AS jobs,
         row_number() OVER (PARTITION BY facet ORDER BY count(*) DESC, value) AS place
    FROM member GROUP BY facet, value
)
SELECT facet, value, jobs FROM counted WHERE place <= 20 ORDER BY facet, place;
