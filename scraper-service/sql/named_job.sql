-- Jobs of document 004.

-- name: add_named_job
-- Of a task that was just enqueued.
INSERT INTO named_job (job_id, name, description, estimated_time, user_id, executor, status)
VALUES ($1::uuid, $2, $3, $4, $5, $6, 'queued');

-- name: add_job_record
-- Nothing is executed; $5 is what its client says of it.
INSERT INTO named_job (job_id, name, description, estimated_time, user_id, status)
SELECT task_new_id(trunc(extract(epoch FROM clock_timestamp()) * 1000)::bigint, nextval('task_id_seq'),
                   ('x' || right(gen_random_uuid()::text, 12))::bit(48)::bigint, true), $1, $2, $3, $4, $5
RETURNING job_id;

-- name: delete_named_job
DELETE FROM named_job WHERE job_id = $1::uuid;

-- name: get_named_job
SELECT job_id, name, description, estimated_time, user_id, status, create_time, update_time
  FROM named_job WHERE job_id = $1::uuid;

-- name: list_named_jobs
-- By creation; NULL begins at the first.
SELECT job_id, name, description, estimated_time, user_id, status, create_time, update_time
  FROM named_job WHERE user_id = $1 AND ($2::uuid IS NULL OR job_id > $2) ORDER BY job_id LIMIT $3;

-- name: lock_named_job
-- Until the transaction ends nobody else changes it.
SELECT user_id, executor IS NOT NULL AS is_executed, status FROM named_job WHERE job_id = $1::uuid FOR UPDATE;

-- name: lock_named_job_task
-- To be locked before the job, as where workers change both.
SELECT task_id FROM task WHERE task_id = $1::uuid AND family = '004' FOR UPDATE;

-- name: update_named_job
-- NULL changes nothing. The status of what is executed is the queue's.
UPDATE named_job
   SET name = coalesce($2, name), description = coalesce($3, description),
       estimated_time = coalesce($4, estimated_time),
       status = CASE WHEN executor IS NULL THEN coalesce($5, status) ELSE status END,
       update_time = greatest(clock_timestamp(), update_time + interval '1 microsecond')
 WHERE job_id = $1::uuid
RETURNING name, description, estimated_time, status;
