-- Every change of a task's state is one of these statements. Each names the states it starts from; those of a run also
-- its lease token, so that a run that lost its lease changes nothing.

-- name: advance_task
-- A phase is done: the task goes on in another queue as work that was begun.
WITH changed AS (
  UPDATE task t
     SET state = CASE WHEN t.cancel_requested THEN 'cancelled' ELSE 'available' END,
         finish_time = CASE WHEN t.cancel_requested THEN now() END,
         queue = $3, phase = $4, entry_phase = $4, on_crash = $5, fresh = false, run_time = now(), attempt = 0,
         rescues = 0, progress = 0, update_time = now(),
         limit_key = task_limit_of($3, CASE WHEN t.limit_key NOT LIKE 'queue:%' THEN t.limit_key END)
   WHERE t.task_id = $1::uuid AND t.lease_token = $2 AND t.state = 'running'
  RETURNING t.*
)
SELECT task_id, state, task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key) FROM changed;

-- name: cancel_task
-- What waits is cancelled at once. A run is asked to stop: how it ends decides.
WITH changed AS (
  UPDATE task t
     SET state = CASE WHEN t.state = 'running' AND t.worker_id <> 'outside' THEN 'running' ELSE 'cancelled' END,
         finish_time = CASE WHEN t.state = 'running' AND t.worker_id <> 'outside' THEN NULL ELSE now() END,
         cancel_requested = true, update_time = now(), error = coalesce($2, t.error)
   WHERE t.task_id = $1::uuid AND t.state IN ('available', 'retryable', 'running') AND NOT t.cancel_requested
  RETURNING t.*
), left_queue AS (
  SELECT task_unqueue(task_id, queue, fresh, priority, run_time, limit_key),
         task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key)
    FROM changed WHERE state = 'cancelled'
)
SELECT task_id, state, (SELECT count(*) FROM left_queue) FROM changed;

-- name: claim_tasks
-- Takes up to $3 tasks of queue $1 for worker $2. Nobody waits until that is on the disk: a claim that a crash of the
-- server undoes leaves a run that finds its lease gone. Whatever the run writes is on the disk only after its claim. The
-- random part keeps a token from being drawn again when such a crash sets the sequence back.
-- What the claim sees may be younger than its now(), which is when it began: it is planned after that, or waits for the
-- processor. So a row of task_ready fits its task where both have the same time, and the start is read from the clock.
WITH unwaited AS MATERIALIZED (
  SELECT set_config('synchronous_commit', 'off', true)
), picked AS MATERIALIZED (
  SELECT r.ctid AS place, r.task_id, r.run_time
    FROM task_ready r
   WHERE r.queue = $1
     AND r.fresh <= (SELECT NOT task_maintenance_paused())
     AND NOT EXISTS (SELECT FROM task_queue q WHERE q.queue = $1 AND q.paused)
   ORDER BY r.fresh, r.priority, r.run_time, r.task_id
   LIMIT $3 FOR UPDATE OF r SKIP LOCKED
), taken AS (
  DELETE FROM task_ready WHERE ctid = ANY (ARRAY(SELECT place FROM picked))
), claimed AS (
  UPDATE task t
     SET state = 'running', attempt = t.attempt + 1, worker_id = $2, phase = t.entry_phase, progress = 0,
         lease_token = (SELECT nextval('task_lease_token_seq') * 1048576 + floor(random() * 1048576)::bigint),
         start_time = clock_timestamp(), update_time = clock_timestamp()
    FROM picked p
   WHERE t.task_id = p.task_id AND t.queue = $1 AND t.state IN ('available', 'retryable') AND t.run_time = p.run_time
     AND (t.limit_key IS NULL OR EXISTS (SELECT FROM task_slot s WHERE s.task_id = t.task_id))
  RETURNING t.task_id, t.family, t.operation, t.queue, t.phase, t.attempt, t.max_attempts, t.rescues, t.lease_token,
            t.target, t.owner, t.payload, t.created_by, t.fresh, t.limit_key, t.priority, t.run_time
), leased AS (
  INSERT INTO task_lease (task_id, worker_id) SELECT task_id, $2 FROM claimed
)
SELECT c.* FROM unwaited, claimed c ORDER BY c.fresh, c.priority, c.run_time, c.task_id;

-- name: complete_tasks
-- Ends runs with their results; comes back with those that still held their lease.
WITH done AS (
  UPDATE task t
     SET state = 'completed', finish_time = now(), update_time = now(), progress = 1, result = u.result::jsonb, error = NULL
    FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS u(task_id, lease_token, result)
   WHERE t.task_id = u.task_id AND t.lease_token = u.lease_token AND t.state = 'running'
  RETURNING t.task_id, t.unique_key, t.limit_key
), leases AS (
  DELETE FROM task_lease l USING done d WHERE l.task_id = d.task_id
), slots AS (
  DELETE FROM task_slot s USING done d WHERE s.task_id = d.task_id AND d.limit_key IS NOT NULL
), keys AS (
  DELETE FROM task_key k USING done d WHERE k.unique_key = d.unique_key AND k.task_id = d.task_id
)
SELECT task_id, limit_key FROM done;

-- name: fail_task
-- $4: it may be tried again. $5: pause in milliseconds, instead of the law base * 2^(attempt-1) +- 10 %, at most an hour.
WITH changed AS (
  UPDATE task t
     SET state = next.state, error = $3, update_time = now(),
         finish_time = CASE WHEN next.state <> 'retryable' THEN now() END,
         run_time = CASE WHEN next.state = 'retryable' THEN now() + interval '1 millisecond' * coalesce($5::float8,
             least(t.retry_base_ms * power(2, t.attempt - 1), 3600000) * (0.9 + 0.2 * random())) ELSE t.run_time END
    FROM (SELECT task_id, CASE WHEN cancel_requested THEN 'cancelled'
                               WHEN $4::boolean AND attempt < max_attempts THEN 'retryable'
                               ELSE 'discarded' END AS state
            FROM task WHERE task_id = $1::uuid FOR UPDATE) AS next
   WHERE t.task_id = $1::uuid AND t.task_id = next.task_id AND t.lease_token = $2 AND t.state = 'running'
  RETURNING t.*
)
SELECT task_id, state, task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key) FROM changed;

-- name: hold_task_lease
-- Inside the transaction of a run's effects: nothing comes back when the lease is lost.
SELECT task_id FROM task WHERE task_id = $1::uuid AND lease_token = $2 AND state = 'running' FOR UPDATE;

-- name: log_task_run
INSERT INTO task_log (task_id, message)
SELECT t.task_id, l.line
  FROM (SELECT task_id FROM task WHERE task_id = $1::uuid AND lease_token = $2 AND state = 'running' FOR SHARE) AS t,
       unnest($3::text[]) WITH ORDINALITY AS l(line, place)
 ORDER BY l.place
RETURNING seq;

-- name: redrive_task
-- Back to the beginning of its phase; not where its unique key is taken meanwhile.
WITH candidate AS MATERIALIZED (
  SELECT task_id, unique_key FROM task WHERE task_id = $1::uuid AND state IN ('discarded', 'cancelled') FOR UPDATE
), keyed AS (
  INSERT INTO task_key (unique_key, task_id) SELECT unique_key, task_id FROM candidate WHERE unique_key IS NOT NULL
  ON CONFLICT DO NOTHING RETURNING task_id
), changed AS (
  UPDATE task t
     SET state = 'available', attempt = 0, rescues = 0, cancel_requested = false, finish_time = NULL, error = NULL,
         phase = t.entry_phase, progress = 0, run_time = now(), update_time = now(),
         limit_key = task_limit_of(t.queue, CASE WHEN t.limit_key NOT LIKE 'queue:%' THEN t.limit_key END)
    FROM candidate c
   WHERE t.task_id = c.task_id AND (c.unique_key IS NULL OR c.task_id IN (SELECT task_id FROM keyed))
  RETURNING t.*
), dead AS (
  DELETE FROM task_dead d USING changed c WHERE d.task_id = c.task_id
)
SELECT task_id, queue, task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key) FROM changed;

-- name: release_tasks
-- Runs given back unfinished, by a process that stops: costs no attempt. $3: not before so many milliseconds.
WITH changed AS (
  UPDATE task t
     SET state = CASE WHEN t.cancel_requested THEN 'cancelled' ELSE 'available' END,
         finish_time = CASE WHEN t.cancel_requested THEN now() END,
         attempt = t.attempt - 1, phase = t.entry_phase, progress = 0, update_time = now(),
         run_time = CASE WHEN $3::bigint > 0 THEN now() + $3 * interval '1 millisecond' ELSE t.run_time END
    FROM unnest($1::uuid[], $2::bigint[]) AS u(task_id, lease_token)
   WHERE t.task_id = u.task_id AND t.lease_token = u.lease_token AND t.state = 'running'
  RETURNING t.*
)
SELECT task_id, queue, state, task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key)
  FROM changed;

-- name: report_task_progress
UPDATE task t SET phase = coalesce($3, t.phase), progress = coalesce($4::real, t.progress), update_time = now()
 WHERE t.task_id = $1::uuid AND t.lease_token = $2 AND t.state = 'running'
RETURNING t.cancel_requested;

-- name: rescue_tasks
-- Runs whose worker's lease ran out. Leases do not run out while the server is down: nothing is rescued in the first
-- lease after its start. The third crash, or the first where the operation asks for that, is the last. What crashed
-- twice is a suspect: suspects run one at a time in the whole mesh, so that what only happened to be in the process of
-- a task that kills it ends well.
WITH lost AS MATERIALIZED (
  SELECT t.task_id, t.worker_id,
         CASE WHEN t.cancel_requested THEN 'cancelled' WHEN t.on_crash = 'fail' OR t.rescues >= 2 THEN 'discarded'
              ELSE 'available' END AS next_state
    FROM task_lease l JOIN task t ON t.task_id = l.task_id
    LEFT JOIN task_worker w ON w.worker_id = l.worker_id
   WHERE (w.worker_id IS NULL OR w.lease_end_time < now()) AND t.state = 'running'
     AND now() > pg_postmaster_start_time() + $1::interval
   LIMIT 1000 FOR UPDATE OF t SKIP LOCKED
), changed AS (
  UPDATE task t
     SET state = lost.next_state, rescues = t.rescues + 1, attempt = t.attempt - 1, phase = t.entry_phase, progress = 0,
         update_time = now(),
         finish_time = CASE WHEN lost.next_state <> 'available' THEN now() END,
         limit_key = CASE WHEN t.rescues = 1 THEN coalesce(t.limit_key, 'queue:(suspects)') ELSE t.limit_key END,
         error = CASE WHEN lost.next_state = 'discarded' THEN 'interrupted unexpectedly in phase '
                        || coalesce(nullif(t.phase, ''), 'running') ELSE t.error END
    FROM lost WHERE t.task_id = lost.task_id
  RETURNING t.*
), noted AS (
  INSERT INTO task_log (task_id, message)
  SELECT task_id, CASE state WHEN 'available' THEN 'Reset to ' || coalesce(nullif(phase, ''), 'queued')
                             ELSE 'Gave up' END || ' after an unexpected interruption'
    FROM changed
)
SELECT task_id, queue, state, task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key)
  FROM changed;

-- name: steer_task
-- Somebody outside says how an unfinished task stands; a run of it loses its lease. $2 state, $3 phase, $4 queue or NULL,
-- $5 still fresh, $6 error.
WITH old AS MATERIALIZED (
  SELECT * FROM task WHERE task_id = $1::uuid AND finish_time IS NULL FOR UPDATE
), left_queue AS MATERIALIZED (
  SELECT task_id, task_unqueue(task_id, queue, fresh, priority, run_time, limit_key) FROM old
), changed AS (
  UPDATE task t
     SET state = $2, phase = $3, entry_phase = CASE WHEN $2 = 'available' THEN $3 ELSE t.entry_phase END,
         queue = coalesce($4, t.queue), fresh = $5::boolean, run_time = now(), update_time = now(), progress = 0,
         limit_key = task_limit_of(coalesce($4, t.queue), CASE WHEN t.limit_key NOT LIKE 'queue:%' THEN t.limit_key END),
         attempt = CASE WHEN $2 = 'available' THEN 0 ELSE t.attempt END, error = coalesce($6, t.error),
         finish_time = CASE WHEN $2 IN ('completed', 'discarded', 'cancelled') THEN now() END,
         lease_token = nextval('task_lease_token_seq'), start_time = coalesce(t.start_time, now()),
         worker_id = CASE WHEN $2 = 'running' THEN 'outside' ELSE t.worker_id END
    FROM left_queue o WHERE t.task_id = o.task_id
  RETURNING t.*
)
SELECT task_id, state, queue, task_settle(task_id, state, queue, fresh, priority, run_time, limit_key, unique_key)
  FROM changed;
