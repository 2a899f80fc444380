-- Statements of the clockwork: schedules, their ticks, and who leads.

-- name: advance_task_schedule
UPDATE task_schedule
   SET next_time = $2::timestamptz, last_time = coalesce($3::timestamptz, last_time),
       last_task_id = coalesce($4::uuid, last_task_id)
 WHERE schedule = $1;

-- name: database_time
SELECT now();

-- name: drop_task_history
SELECT task_drop_partition(now() - $1::interval);

-- name: forget_old_task_traces
-- What nobody asks for any more: answers to repeated requests, ticks, workers that are gone, letters of dropped tasks.
WITH answers AS (
  DELETE FROM task_idempotency WHERE create_time < now() - interval '1 day'
), ticks AS (
  DELETE FROM task_tick WHERE create_time < now() - interval '40 days'
), workers AS (
  DELETE FROM task_worker w WHERE w.lease_end_time < now() - interval '1 day'
     AND NOT EXISTS (SELECT FROM task_lease l WHERE l.worker_id = w.worker_id)
), early AS (
  -- Tasks from before the first week, which no partition takes with it.
  DELETE FROM task_default WHERE finish_time < now() - $1::interval RETURNING task_id
), early_log AS (
  DELETE FROM task_log_default l USING early e WHERE l.task_id = e.task_id
)
DELETE FROM task_dead d WHERE NOT EXISTS (SELECT FROM task t WHERE t.task_id = d.task_id);

-- name: hold_task_leadership
-- In the transaction of what only the leader may do.
SELECT term FROM task_leader WHERE role = $1 AND holder = $2 AND term = $3 AND lease_end_time > now() FOR SHARE;

-- name: insert_task_tick
-- Nothing comes back when the slot has had its tick.
INSERT INTO task_tick (schedule, slot_time) VALUES ($1, $2::timestamptz) ON CONFLICT DO NOTHING RETURNING schedule;

-- name: lead_tasks
-- Leadership for $3 from now; nothing comes back while somebody else has it.
INSERT INTO task_leader AS l (role, holder, lease_end_time) VALUES ($1, $2, now() + $3::interval)
ON CONFLICT (role) DO UPDATE
   SET holder = excluded.holder, lease_end_time = excluded.lease_end_time,
       term = CASE WHEN l.holder = excluded.holder AND l.lease_end_time > now() THEN l.term ELSE l.term + 1 END
 WHERE l.holder = excluded.holder OR l.lease_end_time < now()
RETURNING term;

-- name: list_due_task_schedules
SELECT schedule, cron, catch_up, next_time, spec
  FROM task_schedule WHERE enabled AND (next_time IS NULL OR next_time <= $1::timestamptz) ORDER BY schedule;

-- name: list_task_schedules
SELECT s.schedule, s.cron, s.catch_up, s.enabled, s.next_time, s.last_time, s.last_task_id, t.family, s.spec
  FROM task_schedule s LEFT JOIN task t ON t.task_id = s.last_task_id
 WHERE starts_with(s.schedule, $1) ORDER BY s.schedule;

-- name: make_task_partitions
SELECT task_make_partition(date_trunc('week', now() AT TIME ZONE 'UTC')::date + 7 * n) FROM generate_series(0, 4) AS n;

-- name: put_task_schedule
-- What is enabled stays so, what is not too; another cron starts anew.
INSERT INTO task_schedule AS s (schedule, cron, spec, catch_up, enabled) VALUES ($1, $2, $3::jsonb, $4, $5::boolean)
ON CONFLICT (schedule) DO UPDATE
   SET cron = excluded.cron, spec = excluded.spec, catch_up = excluded.catch_up,
       next_time = CASE WHEN s.cron = excluded.cron THEN s.next_time END
 WHERE (s.cron, s.spec, s.catch_up) IS DISTINCT FROM (excluded.cron, excluded.spec, excluded.catch_up);

-- name: remove_task_schedule
DELETE FROM task_schedule WHERE schedule = $1;

-- name: resign_task_leadership
UPDATE task_leader SET lease_end_time = '-infinity' WHERE role = $1 AND holder = $2;

-- name: set_task_schedules_enabled
-- What was stopped meanwhile is not caught up on.
UPDATE task_schedule SET enabled = $2::boolean, next_time = NULL
 WHERE starts_with(schedule, $1) AND enabled <> $2::boolean;

-- name: note_tick_task
UPDATE task_tick SET task_id = $3::uuid WHERE schedule = $1 AND slot_time = $2::timestamptz;
