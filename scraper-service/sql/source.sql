-- name: claim_source
-- Takes the lease of a source that is asked for, whose last run was not brought to an end or, when $3 says that its
-- schedule counts, that is due. One replica wins.
UPDATE source_state
   SET lease_token = nextval('lease_token_seq'), lease_end_time = now() + $2::interval, last_start_time = now()
 WHERE source = $1
   AND (lease_end_time IS NULL OR lease_end_time < now())
   AND (($3::boolean AND next_run_time <= now()) OR request_time > coalesce(last_start_time, '-infinity')
        OR lease_token IS NOT NULL)
RETURNING lease_token;

-- name: ensure_source
INSERT INTO source_state (source) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: extend_lease
UPDATE source_state SET lease_end_time = now() + $3::interval WHERE source = $1 AND lease_token = $2 RETURNING source;

-- name: find_validators
SELECT etag, last_modified FROM page_validator WHERE url = $1;

-- name: find_run_pages
-- What an interrupted run stored long ago may have changed.
SELECT url, page_url FROM run_page WHERE source = $1 AND done_time > now() - interval '1 hour';

-- name: finish_run
WITH ended AS (
UPDATE source_state
   SET lease_token = NULL, lease_end_time = NULL, last_end_time = now(),
       next_run_time = greatest(now(), last_start_time + $3::interval),
       last_outcome = $4, last_message = $5, last_counts = $6::jsonb, last_samples = $7::text[],
       last_success_time = CASE WHEN $4 IN ('ok', 'partial') THEN now() ELSE last_success_time END
 WHERE source = $1 AND lease_token = $2
RETURNING source
), cleared AS (
  DELETE FROM run_page r USING ended WHERE r.source = ended.source
)
SELECT source FROM ended;

-- name: give_up_run
-- The process stops in mid-run: another one may take the source at once.
UPDATE source_state SET lease_end_time = '-infinity'
 WHERE source = $1 AND lease_token = $2;

-- name: hold_lease
-- Inside a transaction that writes for a run: nothing comes back when the lease is lost.
SELECT source FROM source_state WHERE source = $1 AND lease_token = $2 FOR SHARE;

-- name: list_source_states
SELECT s.source, s.next_run_time, s.last_start_time, s.last_end_time, s.last_success_time, s.last_outcome,
       s.last_message, s.last_counts::text AS last_counts, s.last_samples,
       s.lease_end_time > now() AS running,
       (SELECT count(*) FROM posting p WHERE p.source = s.source AND p.open) AS open_postings
  FROM source_state s ORDER BY s.source;

-- name: put_run_pages
-- Only while the run holds its lease. $3, $4: pages as asked for, and where they were found.
INSERT INTO run_page (source, url, page_url)
SELECT s.source, page.url, page.page_url
  FROM source_state s, unnest($3::text[], $4::text[]) AS page(url, page_url)
 WHERE s.source = $1 AND s.lease_token = $2
ON CONFLICT (source, url) DO UPDATE SET page_url = excluded.page_url, done_time = now();

-- name: put_validators
INSERT INTO page_validator (url, etag, last_modified)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, update_time = now();

-- name: request_run
UPDATE source_state SET request_time = now() WHERE source = $1 RETURNING request_time;

-- name: requested_run_state
-- Whether a run that started after the request $2 has ended.
SELECT last_start_time >= $2::timestamptz AND last_end_time >= last_start_time AND lease_token IS NULL AS done,
       last_outcome, last_message, last_counts::text AS last_counts
  FROM source_state WHERE source = $1;
