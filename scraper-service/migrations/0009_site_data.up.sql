-- Document 000: jobs that ask the providers of a site for a day, and the items they stored. A job is a task of family
-- 000 with the same id; its status is mirrored here by the trigger below, whoever changes the task, so that it outlives
-- the queue's history.
CREATE TABLE site_job (
  job_id      uuid PRIMARY KEY,
  site_id     text NOT NULL,
  fetch_date  date NOT NULL,
  status      text NOT NULL DEFAULT 'created',
  stats       jsonb NOT NULL DEFAULT '{"stored": 0}',
  error       text,
  owner       text,                                  -- user who started it; NULL: the clock
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT site_job_status_check CHECK (status IN ('created', 'processing', 'finished', 'failed')),
  CONSTRAINT site_job_error_check CHECK (status <> 'failed' OR error IS NOT NULL)
);
-- One job under way a site and day.
CREATE UNIQUE INDEX site_job_active_index ON site_job (site_id, fetch_date) WHERE status IN ('created', 'processing');
CREATE INDEX site_job_age_index ON site_job (update_time);

-- Items as their providers gave them last.
CREATE TABLE site_item (
  site_id      text NOT NULL,
  source       text NOT NULL,                        -- key of the provider
  item_id      text NOT NULL,
  supplier     text NOT NULL,
  confirm_time timestamptz,
  status       text NOT NULL,
  is_confirmed boolean NOT NULL,
  score        double precision NOT NULL,
  update_time  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (site_id, source, item_id)
);
CREATE INDEX site_item_score_index ON site_item (score DESC, site_id, source, item_id);
CREATE INDEX site_item_confirm_index ON site_item (confirm_time DESC NULLS LAST, site_id, source, item_id);

-- What each job stored.
CREATE TABLE site_job_item (
  job_id  uuid NOT NULL REFERENCES site_job ON DELETE CASCADE,
  site_id text NOT NULL,
  source  text NOT NULL,
  item_id text NOT NULL,
  PRIMARY KEY (job_id, source, item_id)
);

CREATE FUNCTION site_job_mirror_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE site_job
     SET status = CASE NEW.state WHEN 'available' THEN 'created' WHEN 'running' THEN 'processing'
                                 WHEN 'retryable' THEN 'processing' WHEN 'completed' THEN 'finished' ELSE 'failed' END,
         error = CASE WHEN NEW.state IN ('discarded', 'cancelled') THEN coalesce(NEW.error, 'Job cancelled by user')
                      WHEN NEW.state = 'completed' THEN error END,
         update_time = greatest(clock_timestamp(), update_time)
   WHERE job_id = NEW.task_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER site_job_mirror_update AFTER UPDATE ON task
  FOR EACH ROW WHEN (NEW.family = '000' AND OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION site_job_mirror_task();
