-- Statements that keep the queue moving, and those for operators.

-- name: admit_tasks
-- In the transaction that locked the keys $1, so that the count of places is true.
WITH open AS MATERIALIZED (
  SELECT l.limit_key, l.rate_per_minute IS NOT NULL AS rated,
         least(l.rate_per_minute, l.tokens + l.rate_per_minute / 60.0
               * extract(epoch FROM now() - greatest(l.token_time, now() - interval '1 minute'))) AS tokens,
         l.max_running - (SELECT count(*) FROM task_slot s WHERE s.limit_key = l.limit_key) AS places
    FROM task_limit l WHERE l.limit_key = ANY ($1::text[])
), chosen AS MATERIALIZED (
  SELECT b.* FROM open o CROSS JOIN LATERAL (
    SELECT w.ctid AS place, w.* FROM task_blocked w
     WHERE w.limit_key = o.limit_key AND w.fresh <= (SELECT NOT task_maintenance_paused())
     ORDER BY w.fresh, w.priority, w.run_time, w.task_id
     LIMIT greatest(0, least(o.places, CASE WHEN o.rated THEN floor(o.tokens) END, 1000))::bigint
       FOR UPDATE SKIP LOCKED) AS b
), removed AS (
  DELETE FROM task_blocked WHERE ctid = ANY (ARRAY(SELECT place FROM chosen))
), slots AS (
  INSERT INTO task_slot (task_id, limit_key) SELECT task_id, limit_key FROM chosen ON CONFLICT DO NOTHING
), ready AS (
  INSERT INTO task_ready (queue, fresh, priority, run_time, task_id, limit_key)
  SELECT queue, fresh, priority, run_time, task_id, limit_key FROM chosen ON CONFLICT DO NOTHING
), spent AS (
  UPDATE task_limit l
     SET tokens = o.tokens - (SELECT count(*) FROM chosen c WHERE c.limit_key = l.limit_key), token_time = now()
    FROM open o WHERE l.limit_key = o.limit_key AND o.rated
)
SELECT DISTINCT queue FROM chosen;

-- name: check_task_leases
-- What the database has worker $1 running.
SELECT l.task_id, t.lease_token, t.cancel_requested, t.family
  FROM task_lease l JOIN task t ON t.task_id = l.task_id
 WHERE l.worker_id = $1 AND t.state = 'running';

-- name: count_queues
-- Per queue: what is ready, delayed, blocked, running and dead, and since when the longest-waiting ready task waits.
SELECT queue, sum(ready) AS ready, sum(delayed) AS delayed, sum(blocked) AS blocked, sum(running) AS running,
       sum(dead) AS dead, coalesce(max(oldest_seconds), 0) AS oldest_seconds
  FROM (
    SELECT queue, count(*) AS ready, 0 AS delayed, 0 AS blocked, 0 AS running, 0 AS dead,
           extract(epoch FROM now() - min(run_time)) AS oldest_seconds FROM task_ready GROUP BY queue
    UNION ALL SELECT queue, 0, count(*), 0, 0, 0, NULL FROM task_delayed GROUP BY queue
    UNION ALL SELECT queue, 0, 0, count(*), 0, 0, NULL FROM task_blocked GROUP BY queue
    UNION ALL SELECT t.queue, 0, 0, 0, count(*), 0, NULL
                FROM task_lease l JOIN task t ON t.task_id = l.task_id GROUP BY t.queue
    UNION ALL SELECT queue, 0, 0, 0, 0, count(*), NULL FROM task_dead GROUP BY queue
    UNION ALL SELECT queue, 0, 0, 0, 0, 0, NULL FROM task_queue
  ) AS counts
 GROUP BY queue ORDER BY queue;

-- name: forget_task_worker
DELETE FROM task_worker WHERE worker_id = $1;

-- name: free_stale_slots
-- Places held for tasks that are neither ready nor running: cancelled while they were being admitted.
DELETE FROM task_slot s
 WHERE NOT EXISTS (SELECT FROM task_ready r WHERE r.task_id = s.task_id AND r.limit_key IS NOT NULL)
   AND NOT EXISTS (SELECT FROM task t WHERE t.task_id = s.task_id AND t.state = 'running')
RETURNING s.limit_key;

-- name: heartbeat_task_worker
-- Comes back with whether the worker's lease had run out before.
INSERT INTO task_worker AS w (worker_id, lease_end_time, queues) VALUES ($1, now() + $2::interval, $3::text[])
ON CONFLICT (worker_id) DO UPDATE SET lease_end_time = excluded.lease_end_time, queues = excluded.queues
RETURNING lease_end_time;

-- name: hold_back_fresh_tasks
-- Maintenance came between admission and start: the places go to work that was begun.
WITH held AS MATERIALIZED (
  SELECT ctid AS place, r.* FROM task_ready r
   WHERE r.limit_key IS NOT NULL AND r.fresh AND (SELECT task_maintenance_paused())
     FOR UPDATE SKIP LOCKED
), removed AS (
  DELETE FROM task_ready WHERE ctid = ANY (ARRAY(SELECT place FROM held))
), slots AS (
  DELETE FROM task_slot s USING held h WHERE s.task_id = h.task_id
)
INSERT INTO task_blocked (limit_key, fresh, priority, run_time, task_id, queue)
SELECT limit_key, fresh, priority, run_time, task_id, queue FROM held ON CONFLICT DO NOTHING;

-- name: list_dead_tasks
SELECT t.task_id, t.family, t.operation, t.queue, t.state, t.phase, t.entry_phase, t.fresh, t.priority, t.run_time,
       t.attempt, t.max_attempts, t.rescues, t.on_crash, t.cancel_requested, t.worker_id, t.lease_token, t.target,
       t.owner, t.unique_key, t.limit_key, t.payload, t.created_by, t.result, t.error, t.progress, t.create_time,
       t.update_time, t.start_time, t.finish_time
  FROM task_dead d JOIN task t ON t.task_id = d.task_id
 WHERE ($1::text IS NULL OR d.queue = $1) AND ($2::uuid IS NULL OR d.task_id > $2)
 ORDER BY d.task_id LIMIT $3;

-- name: list_task_workers
SELECT w.worker_id, w.lease_end_time > now() AS alive, w.start_time, w.queues,
       (SELECT count(*) FROM task_lease l WHERE l.worker_id = w.worker_id) AS running
  FROM task_worker w ORDER BY w.worker_id;

-- name: lock_open_limits
-- Keys with work that waits and a place for it. The keys are walked one by one through the index.
WITH RECURSIVE waiting AS (
  (SELECT limit_key FROM task_blocked ORDER BY limit_key LIMIT 1)
  UNION ALL
  SELECT (SELECT b.limit_key FROM task_blocked b WHERE b.limit_key > w.limit_key ORDER BY b.limit_key LIMIT 1)
    FROM waiting w WHERE w.limit_key IS NOT NULL
)
SELECT l.limit_key FROM task_limit l
 WHERE l.limit_key IN (SELECT limit_key FROM waiting WHERE limit_key IS NOT NULL)
   AND (l.max_running IS NULL OR l.max_running > (SELECT count(*) FROM task_slot s WHERE s.limit_key = l.limit_key))
 ORDER BY l.limit_key FOR UPDATE OF l SKIP LOCKED;

-- name: maintenance_history
SELECT msg, paused, create_time FROM task_maintenance ORDER BY maintenance_id DESC LIMIT $1;

-- name: note_maintenance
INSERT INTO task_maintenance (msg, paused) VALUES ($1, $2) RETURNING msg, paused, create_time;

-- name: notify_with
-- A notice is for those who listen now: nobody waits until it is on the disk.
SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2);

-- name: promote_delayed_tasks
-- What has become due. Comes back with the queues that have something now.
WITH due AS MATERIALIZED (
  SELECT ctid AS place, d.* FROM task_delayed d WHERE d.run_time <= now() ORDER BY d.run_time LIMIT 1000
     FOR UPDATE SKIP LOCKED
), removed AS (
  DELETE FROM task_delayed WHERE ctid = ANY (ARRAY(SELECT place FROM due))
), ready AS (
  INSERT INTO task_ready (queue, fresh, priority, run_time, task_id)
  SELECT queue, fresh, priority, run_time, task_id FROM due WHERE limit_key IS NULL ON CONFLICT DO NOTHING
), blocked AS (
  INSERT INTO task_blocked (limit_key, fresh, priority, run_time, task_id, queue)
  SELECT limit_key, fresh, priority, run_time, task_id, queue FROM due WHERE limit_key IS NOT NULL
  ON CONFLICT DO NOTHING
)
SELECT queue, count(*) AS promoted FROM due GROUP BY queue;

-- name: set_queue_paused
INSERT INTO task_queue (queue, paused) VALUES ($1, $2)
ON CONFLICT (queue) DO UPDATE SET paused = excluded.paused;

-- name: set_task_limit
INSERT INTO task_limit (limit_key, max_running, rate_per_minute) VALUES ($1, $2, $3)
ON CONFLICT (limit_key) DO UPDATE SET max_running = excluded.max_running, rate_per_minute = excluded.rate_per_minute;

-- name: until_next_delayed_task
SELECT extract(epoch FROM min(run_time) - now()) AS seconds FROM task_delayed;
