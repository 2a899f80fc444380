-- Document 004: jobs with a name, and records of jobs that others do. A job that is executed is a task of family 004
-- with the same id; its status is mirrored here by the trigger below, whoever changes the task, so that it outlives
-- the queue's history.
CREATE TABLE named_job (
  job_id         uuid PRIMARY KEY,
  name           text NOT NULL,
  description    text,
  estimated_time double precision NOT NULL,  -- seconds
  user_id        text NOT NULL,
  executor       text,                       -- NULL: a record, nothing is executed
  status         text NOT NULL,
  create_time    timestamptz NOT NULL DEFAULT now(),
  update_time    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT named_job_time_check CHECK (estimated_time BETWEEN 0 AND 86400),
  CONSTRAINT named_job_executor_check CHECK (executor IN ('standard', 'fast')),
  CONSTRAINT named_job_status_check CHECK (
    executor IS NULL OR status IN ('queued', 'running', 'completed', 'failed', 'cancelled'))
);
CREATE INDEX named_job_user_index ON named_job (user_id, job_id);

CREATE FUNCTION named_job_mirror_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE named_job
     SET status = CASE NEW.state WHEN 'available' THEN 'queued' WHEN 'retryable' THEN 'queued'
                                 WHEN 'discarded' THEN 'failed' ELSE NEW.state END,
         update_time = greatest(clock_timestamp(), update_time)
   WHERE job_id = NEW.task_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER named_job_mirror_update AFTER UPDATE ON task
  FOR EACH ROW WHEN (NEW.family = '004' AND OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION named_job_mirror_task();
