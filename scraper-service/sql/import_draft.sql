-- Datasets of document 002 on their way to a release: builds, drafts, versions.

-- name: allow_large_statements
-- For one transaction: a release compares whole datasets, which the settings of the queue's connections are not for.
SELECT set_config('statement_timeout', '120s', true), set_config('enable_seqscan', 'on', true),
       set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
       set_config('idle_in_transaction_session_timeout', '60s', true);

-- name: begin_import_build
INSERT INTO import_build (build_id, dataset, metadata, file_mark) VALUES ($1::uuid, $2, $3::jsonb, $4);

-- name: delete_import_build
DELETE FROM import_build WHERE build_id = $1::uuid;

-- name: delete_import_dataset
DELETE FROM import_dataset WHERE name = $1;

-- name: delete_import_draft
DELETE FROM import_draft WHERE dataset = $1;

-- name: delete_stale_import_builds
-- Of jobs that failed on their way.
DELETE FROM import_build b
 WHERE NOT EXISTS (SELECT FROM import_draft d WHERE d.build_id = b.build_id)
   AND NOT EXISTS (SELECT FROM task t WHERE t.task_id = b.build_id AND t.finish_time IS NULL);

-- name: finish_import_build
UPDATE import_build b
   SET is_complete = true, postings = (SELECT count(*) FROM import_posting p WHERE p.build_id = b.build_id)
 WHERE b.build_id = $1::uuid
RETURNING postings;

-- name: get_import_build
SELECT file_mark, postings FROM import_build WHERE build_id = $1::uuid AND is_complete;

-- name: get_import_dataset
SELECT version, postings FROM import_dataset WHERE name = $1;

-- name: import_posting_keys
-- As close_missing_postings takes them.
SELECT coalesce(array_agg(identity_key), '{}') AS keys FROM import_posting WHERE build_id = $1::uuid;

-- name: import_posting_page
-- The next $3 postings after place $2, as upsert_postings takes them.
SELECT '[' || string_agg(posting, ',' ORDER BY place) || ']' AS rows, max(place) AS last_place
  FROM (SELECT posting, place FROM import_posting WHERE build_id = $1::uuid AND place > $2 ORDER BY place LIMIT $3) AS page;

-- name: last_import_version
SELECT version FROM import_version ORDER BY number DESC LIMIT 1;

-- name: lock_import_draft
SELECT operation, release_status, build_id FROM import_draft WHERE dataset = $1 FOR UPDATE;

-- name: lock_pending_import_drafts
-- What a release takes, by name.
SELECT d.dataset, d.operation, d.build_id, b.metadata, b.postings
  FROM import_draft d LEFT JOIN import_build b ON b.build_id = d.build_id
 WHERE d.release_status <> 'DRAFT' ORDER BY d.dataset FOR UPDATE OF d;

-- name: put_import_dataset
INSERT INTO import_dataset AS d (name, metadata, postings, version) VALUES ($1, $2::jsonb, $3, $4)
ON CONFLICT (name) DO UPDATE SET metadata = excluded.metadata, postings = coalesce(nullif(excluded.postings, -1), d.postings),
   version = excluded.version, release_time = now();

-- name: put_import_draft
INSERT INTO import_draft (dataset, operation, release_status, description, build_id)
VALUES ($1, $2, $3, $4, $5::uuid)
ON CONFLICT (dataset) DO UPDATE SET operation = excluded.operation, release_status = excluded.release_status,
   description = excluded.description, build_id = excluded.build_id, update_time = now();

-- name: put_import_version
-- Nothing comes back when the version was released before.
INSERT INTO import_version (version, from_version, manifesto, task_id) VALUES ($1, $2, $3::jsonb, $4::uuid)
ON CONFLICT (version) DO NOTHING RETURNING number;

-- name: set_import_draft_status
UPDATE import_draft SET release_status = $2, update_time = now() WHERE dataset = $1;
