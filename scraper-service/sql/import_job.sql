-- Jobs of document 002 and their targets. A job is a task of family 002.

-- name: get_import_job
SELECT t.task_id, import_status(t.state, t.phase, t.entry_phase) AS status, t.payload, t.created_by, t.create_time
  FROM task t WHERE t.task_id = $1::uuid AND t.family = '002';

-- name: has_import_job_for
-- Whether an unfinished import of a file has this target.
SELECT EXISTS (
  SELECT FROM task_key k JOIN task t USING (task_id)
   WHERE k.unique_key = '002:' || $1::text AND t.operation IN ('ADD', 'CHANGE', 'PATCH_METADATA')) AS has;

-- name: list_import_jobs
-- By creation. NULL filters nothing.
SELECT t.task_id, import_status(t.state, t.phase, t.entry_phase) AS status, t.payload, t.created_by, t.create_time
  FROM task t
 WHERE t.family = '002'
   AND ($1::text[] IS NULL OR import_status(t.state, t.phase, t.entry_phase) = ANY ($1))
   AND ($2::text[] IS NULL OR t.operation = ANY ($2))
   AND (NOT $3::boolean OR t.finish_time IS NULL)
   AND ($4::uuid IS NULL OR t.task_id > $4)
 ORDER BY t.task_id LIMIT $5;

-- name: list_import_target_jobs
-- Those about a target, and releases that name it.
SELECT t.task_id, import_status(t.state, t.phase, t.entry_phase) AS status, t.payload, t.created_by, t.create_time
  FROM task t
 WHERE t.family = '002'
   AND (t.target = $1
        OR (t.operation = 'BUMP' AND t.payload @> jsonb_build_object('bumpManifesto', jsonb_build_object(
              'dataStructureUpdates', jsonb_build_array(jsonb_build_object('name', $1::text))))))
 ORDER BY t.task_id;

-- name: list_import_targets
SELECT name, last_update, status, last_updated_by, action FROM import_target ORDER BY name;

-- name: lock_import_job
-- Until the transaction ends nobody else changes the job.
SELECT t.operation, t.queue, t.finish_time IS NOT NULL AS is_finished
  FROM task t WHERE t.task_id = $1::uuid AND t.family = '002' FOR UPDATE;
