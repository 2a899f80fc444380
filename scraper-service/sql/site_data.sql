-- Jobs and items of document 000.

-- name: add_site_job
-- Of a task that was just enqueued.
INSERT INTO site_job (job_id, site_id, fetch_date, owner) VALUES ($1::uuid, $2, $3::date, $4);

-- name: count_site_items
-- Conditions are added where it is used.
SELECT count(*) FROM site_item i;

-- name: forget_site_jobs
-- Jobs that ended long ago; their items stay.
DELETE FROM site_job WHERE update_time < now() - $1::interval AND status IN ('finished', 'failed');

-- name: get_site_job
SELECT job_id, site_id, fetch_date, status, stats, error, owner, create_time, update_time
  FROM site_job WHERE job_id = $1::uuid;

-- name: is_task_scheduler_led
SELECT EXISTS (SELECT FROM task_leader WHERE role = 'scheduler' AND lease_end_time > now());

-- name: list_site_items
-- Conditions, order and limit are added where it is used: a plan that suits every filter suits none.
SELECT i.site_id, i.source, i.item_id, i.supplier, i.confirm_time, i.status, i.is_confirmed, i.score FROM site_item i;

-- name: note_site_job
-- What came of asking the providers.
UPDATE site_job SET stats = $2::jsonb, error = $3, update_time = greatest(clock_timestamp(), update_time)
 WHERE job_id = $1::uuid;

-- name: server_version
SELECT current_setting('server_version');

-- name: store_site_items
-- $1 job, $2 site, $3 array of items, each source and id once. What did not change costs no write.
WITH item AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($3::jsonb)
      AS s(source text, item_id text, supplier text, confirm_time timestamptz, status text, is_confirmed boolean,
           score double precision)
), stored AS (
  INSERT INTO site_item AS i (site_id, source, item_id, supplier, confirm_time, status, is_confirmed, score)
  SELECT $2, source, item_id, supplier, confirm_time, status, is_confirmed, score FROM item ORDER BY source, item_id
  ON CONFLICT (site_id, source, item_id) DO UPDATE
     SET supplier = excluded.supplier, confirm_time = excluded.confirm_time, status = excluded.status,
         is_confirmed = excluded.is_confirmed, score = excluded.score, update_time = now()
   WHERE (i.supplier, i.confirm_time, i.status, i.is_confirmed, i.score)
         IS DISTINCT FROM (excluded.supplier, excluded.confirm_time, excluded.status, excluded.is_confirmed, excluded.score)
)
INSERT INTO site_job_item (job_id, site_id, source, item_id)
SELECT $1::uuid, $2, source, item_id FROM item ON CONFLICT DO NOTHING;
