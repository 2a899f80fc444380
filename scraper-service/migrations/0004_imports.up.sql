-- Document 002: what its jobs are about, and the datasets they build, release and remove. imports/README.md and
-- datasets/README.md say how.

-- How a task stands in the words of document 002. What waits stands where it was queued.
CREATE FUNCTION import_status(state text, phase text, entry_phase text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE state
           WHEN 'completed' THEN 'completed'
           WHEN 'discarded' THEN 'failed'
           WHEN 'cancelled' THEN 'failed'
           WHEN 'running' THEN CASE WHEN phase IN ('', 'queued') THEN 'initiated' ELSE phase END
           ELSE coalesce(nullif(entry_phase, ''), 'queued')
         END
$$;

-- What the last job about each target came to. Written by the trigger below, whatever changes a job: so it holds the
-- job's status in the same transaction.
CREATE TABLE import_target (
  name            text PRIMARY KEY,
  last_update     timestamptz NOT NULL,
  status          text NOT NULL,
  last_updated_by jsonb NOT NULL,
  action          text[] NOT NULL,
  CONSTRAINT import_target_status_check CHECK (status IN
    ('queued', 'initiated', 'validating', 'decrypting', 'transforming', 'pseudonymizing', 'enriching', 'converting',
     'partitioning', 'built', 'importing', 'completed', 'failed'))
);

CREATE FUNCTION import_mirror_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  new_status text := import_status(NEW.state, NEW.phase, NEW.entry_phase);
BEGIN
  INSERT INTO import_target AS t (name, last_update, status, last_updated_by, action)
  VALUES (NEW.target, clock_timestamp(), new_status, coalesce(NEW.created_by, '{}'),
          CASE NEW.operation
            WHEN 'SET_STATUS' THEN ARRAY[NEW.operation, NEW.payload->>'releaseStatus']
            WHEN 'BUMP' THEN ARRAY[NEW.operation, NEW.payload->>'bumpFromVersion', NEW.payload->>'bumpToVersion']
            ELSE ARRAY[NEW.operation]
          END)
  ON CONFLICT (name) DO UPDATE SET last_update = excluded.last_update, status = excluded.status,
     last_updated_by = excluded.last_updated_by, action = excluded.action;
  -- Why a run failed stands in the log, where people look. Who steers the job from outside changes its lease.
  IF TG_OP = 'UPDATE' AND NEW.state IN ('retryable', 'discarded') AND OLD.state = 'running'
     AND NEW.lease_token = OLD.lease_token AND NEW.rescues = OLD.rescues THEN
    INSERT INTO task_log (task_id, message) VALUES (NEW.task_id, NEW.error);
  END IF;
  IF NEW.operation = 'BUMP' AND NEW.target = 'DATASTORE' AND new_status = 'completed' THEN
    INSERT INTO import_target AS t (name, last_update, status, last_updated_by, action)
    SELECT DISTINCT ON (u->>'name') u->>'name', clock_timestamp(), 'completed', coalesce(NEW.created_by, '{}'),
           ARRAY[CASE WHEN u->>'releaseStatus' = 'PENDING_RELEASE' THEN 'RELEASED' ELSE 'REMOVED' END,
                 NEW.payload->>'bumpToVersion']
      FROM jsonb_array_elements(NEW.payload->'bumpManifesto'->'dataStructureUpdates') AS u
     WHERE u->>'releaseStatus' <> 'DRAFT'
     ORDER BY u->>'name'
    ON CONFLICT (name) DO UPDATE SET last_update = excluded.last_update, status = excluded.status,
       last_updated_by = excluded.last_updated_by, action = excluded.action;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER import_mirror_insert AFTER INSERT ON task
  FOR EACH ROW WHEN (NEW.family = '002' AND NEW.target IS NOT NULL) EXECUTE FUNCTION import_mirror_task();
CREATE TRIGGER import_mirror_update AFTER UPDATE ON task
  FOR EACH ROW WHEN (NEW.family = '002' AND NEW.target IS NOT NULL
    AND (OLD.state, OLD.phase, OLD.lease_token, OLD.payload)
        IS DISTINCT FROM (NEW.state, NEW.phase, NEW.lease_token, NEW.payload))
  EXECUTE FUNCTION import_mirror_task();

-- What a job made of a file: postings that nobody sees. It belongs to the job until a draft takes it over.
CREATE TABLE import_build (
  build_id    uuid PRIMARY KEY,                -- the job's id
  dataset     text NOT NULL,
  metadata    jsonb NOT NULL,
  file_mark   text NOT NULL,                   -- tells the file apart from a later one of the same name
  postings    int NOT NULL DEFAULT 0,
  is_complete boolean NOT NULL DEFAULT false,
  create_time timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE import_posting (
  build_id     uuid NOT NULL REFERENCES import_build ON DELETE CASCADE,
  place        int NOT NULL,
  identity_key text NOT NULL,
  posting      text NOT NULL,                  -- as upsert_postings takes it
  PRIMARY KEY (build_id, place)
);

-- What the next release is to do with a dataset.
CREATE TABLE import_draft (
  dataset        text PRIMARY KEY,
  operation      text NOT NULL,
  release_status text NOT NULL,
  description    text NOT NULL DEFAULT '',
  build_id       uuid REFERENCES import_build,
  update_time    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT import_draft_operation_check CHECK (operation IN ('ADD', 'CHANGE', 'PATCH_METADATA', 'REMOVE')),
  CONSTRAINT import_draft_status_check CHECK (release_status IN ('DRAFT', 'PENDING_RELEASE', 'PENDING_DELETE')),
  CONSTRAINT import_draft_removal_check CHECK (
    CASE WHEN operation = 'REMOVE' THEN release_status <> 'PENDING_RELEASE' AND build_id IS NULL
         ELSE release_status <> 'PENDING_DELETE' AND build_id IS NOT NULL END)
);
CREATE INDEX import_draft_build_index ON import_draft (build_id);

-- Releases, oldest first by number.
CREATE TABLE import_version (
  number       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version      text NOT NULL,
  from_version text NOT NULL,
  manifesto    jsonb NOT NULL,
  task_id      uuid NOT NULL,
  create_time  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT import_version_unique UNIQUE (version)
);

-- Datasets that are released: their postings are open under the source `dataset:NAME`.
CREATE TABLE import_dataset (
  name         text PRIMARY KEY,
  metadata     jsonb NOT NULL,
  postings     int NOT NULL,
  version      text NOT NULL REFERENCES import_version (version),
  release_time timestamptz NOT NULL DEFAULT now()
);
