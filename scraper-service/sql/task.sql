-- Statements of those who give work and look at it. Columns of a task come in the order that tasks/task_row.cc reads.

-- name: delete_task
-- Whatever its state: a run of it finds its lease gone.
WITH gone AS (
  DELETE FROM task WHERE task_id = $1::uuid AND ($2::text IS NULL OR family = $2)
  RETURNING task_id, queue, fresh, priority, run_time, limit_key, unique_key
), log AS (
  DELETE FROM task_log WHERE task_id = $1::uuid AND EXISTS (SELECT FROM gone)
), dead AS (
  DELETE FROM task_dead WHERE task_id = $1::uuid AND EXISTS (SELECT FROM gone)
)
SELECT task_id, task_unqueue(task_id, queue, fresh, priority, run_time, limit_key),
       task_settle(task_id, 'cancelled', queue, fresh, priority, run_time, limit_key, unique_key)
  FROM gone;

-- name: edit_task
-- Members of $2 replace those of the payload. Says nothing about the state, so it may be done at any time.
UPDATE task t SET payload = t.payload || $2::jsonb, update_time = now()
 WHERE t.task_id = $1::uuid
RETURNING t.task_id, t.family, t.operation, t.queue, t.state, t.phase, t.entry_phase, t.fresh, t.priority, t.run_time,
          t.attempt, t.max_attempts, t.rescues, t.on_crash, t.cancel_requested, t.worker_id, t.lease_token, t.target,
          t.owner, t.unique_key, t.limit_key, t.payload, t.created_by, t.result, t.error, t.progress, t.create_time,
          t.update_time, t.start_time, t.finish_time;

-- name: enqueue_tasks
-- $1: an array of specs, without the members that are as here by default: reading them would cost more than storing the
-- task. One row a spec, in order; `created` is false where its unique key is taken.
WITH drawn AS MATERIALIZED (
  SELECT s.place, coalesce(s.family, '') AS family, s.operation, coalesce(s.queue, 'default') AS queue,
         coalesce(s.phase, '') AS phase, coalesce(s.priority, 0::smallint) AS priority, s.run_time, s.delay_ms,
         coalesce(s.max_attempts, 5::smallint) AS max_attempts, coalesce(s.retry_base_ms, 1000) AS retry_base_ms,
         coalesce(s.on_crash, 'requeue') AS on_crash, s.target, s.owner, s.unique_key, s.limit_key, s.max_running,
         s.rate_per_minute, coalesce(s.payload, '{}') AS payload, s.created_by, nextval('task_id_seq') AS n, ('x' || right(gen_random_uuid()::text, 12))::bit(48)::bigint AS r,
         trunc(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms
    FROM jsonb_to_recordset($1::jsonb) AS s(
           place int, family text, operation text, queue text, phase text, priority smallint, run_time timestamptz,
           delay_ms bigint, max_attempts smallint, retry_base_ms int, on_crash text, target text, owner text,
           unique_key text, limit_key text, max_running int, rate_per_minute int, payload jsonb, created_by jsonb)
), spec AS MATERIALIZED (
  SELECT d.*, task_new_id(d.ms, d.n, d.r, d.family = '004') AS task_id,
         coalesce((SELECT l.limit_key FROM task_limit l WHERE l.limit_key = 'queue:' || d.queue), d.limit_key) AS admitted_by,
         greatest(coalesce(d.run_time, now()), now()) + coalesce(d.delay_ms, 0) * interval '1 millisecond' AS due
    FROM drawn d
), keyed AS (
  INSERT INTO task_key (unique_key, task_id)
  SELECT unique_key, task_id FROM spec WHERE unique_key IS NOT NULL ORDER BY unique_key, place
  ON CONFLICT DO NOTHING RETURNING task_id
), accepted AS MATERIALIZED (
  SELECT * FROM spec WHERE unique_key IS NULL OR task_id IN (SELECT task_id FROM keyed)
), stored AS (
  INSERT INTO task (task_id, family, operation, queue, phase, entry_phase, priority, run_time, max_attempts,
                    retry_base_ms, on_crash, target, owner, unique_key, limit_key, payload, created_by)
  SELECT task_id, family, operation, queue, phase, phase, priority, due, max_attempts, retry_base_ms, on_crash, target,
         owner, unique_key, admitted_by, payload, created_by
    FROM accepted
), limits AS (
  INSERT INTO task_limit (limit_key, max_running, rate_per_minute)
  SELECT DISTINCT ON (limit_key) limit_key, max_running, rate_per_minute
    FROM accepted a
   WHERE a.limit_key = a.admitted_by AND NOT EXISTS (SELECT FROM task_limit l WHERE l.limit_key = a.limit_key)
   ORDER BY limit_key
  ON CONFLICT DO NOTHING
), ready AS (
  INSERT INTO task_ready (queue, fresh, priority, run_time, task_id)
  SELECT queue, true, priority, due, task_id FROM accepted WHERE due <= now() AND admitted_by IS NULL
), delayed AS (
  INSERT INTO task_delayed (run_time, task_id, queue, fresh, priority, limit_key)
  SELECT due, task_id, queue, true, priority, admitted_by FROM accepted WHERE due > now()
), blocked AS (
  INSERT INTO task_blocked (limit_key, fresh, priority, run_time, task_id, queue)
  SELECT admitted_by, true, priority, due, task_id, queue
    FROM accepted WHERE due <= now() AND admitted_by IS NOT NULL
)
SELECT s.task_id, s.unique_key IS NULL OR s.task_id IN (SELECT task_id FROM keyed) AS created FROM spec s ORDER BY s.place;

-- name: find_task_by_unique_key
SELECT k.task_id, t.family FROM task_key k JOIN task t USING (task_id) WHERE k.unique_key = $1;

-- name: get_task
SELECT t.task_id, t.family, t.operation, t.queue, t.state, t.phase, t.entry_phase, t.fresh, t.priority, t.run_time,
       t.attempt, t.max_attempts, t.rescues, t.on_crash, t.cancel_requested, t.worker_id, t.lease_token, t.target,
       t.owner, t.unique_key, t.limit_key, t.payload, t.created_by, t.result, t.error, t.progress, t.create_time,
       t.update_time, t.start_time, t.finish_time
  FROM task t WHERE t.task_id = $1::uuid;

-- name: get_tasks
SELECT t.task_id, t.family, t.operation, t.queue, t.state, t.phase, t.entry_phase, t.fresh, t.priority, t.run_time,
       t.attempt, t.max_attempts, t.rescues, t.on_crash, t.cancel_requested, t.worker_id, t.lease_token, t.target,
       t.owner, t.unique_key, t.limit_key, t.payload, t.created_by, t.result, t.error, t.progress, t.create_time,
       t.update_time, t.start_time, t.finish_time
  FROM unnest($1::uuid[]) AS u(task_id) JOIN task t ON t.task_id = u.task_id;

-- name: list_tasks
-- Conditions, order and limit are added where it is used: a plan that suits every filter suits none.
SELECT t.task_id, t.family, t.operation, t.queue, t.state, t.phase, t.entry_phase, t.fresh, t.priority, t.run_time,
       t.attempt, t.max_attempts, t.rescues, t.on_crash, t.cancel_requested, t.worker_id, t.lease_token, t.target,
       t.owner, t.unique_key, t.limit_key, t.payload, t.created_by, t.result, t.error, t.progress, t.create_time,
       t.update_time, t.start_time, t.finish_time
  FROM task t;

-- name: append_task_log
-- Lines in order, by whoever may change the task.
INSERT INTO task_log (task_id, message)
SELECT $1::uuid, line FROM unnest($2::text[]) WITH ORDINALITY AS l(line, place)
 WHERE EXISTS (SELECT FROM task t WHERE t.task_id = $1::uuid)
 ORDER BY place
RETURNING seq;

-- name: read_task_logs
SELECT task_id, seq, create_time, message FROM task_log WHERE task_id = ANY ($1::uuid[]) ORDER BY task_id, seq;

-- name: find_idempotent_answer
SELECT request_hash, response FROM task_idempotency WHERE caller = $1 AND key = $2;

-- name: lock_idempotency_key
-- Requests of one key take turns until the end of their transactions.
SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 5701));

-- name: keep_idempotent_answer
INSERT INTO task_idempotency (caller, key, request_hash, response) VALUES ($1, $2, $3, $4);
