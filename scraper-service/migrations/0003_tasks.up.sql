-- One durable queue for all work in the background: tasks/README.md says how it works. The truth about a task is its
-- row in `task`; the narrow tables beside it only say who is next, so that taking work costs the same whatever history
-- there is.

-- Numbers of ids and of leases.
CREATE SEQUENCE task_id_seq CACHE 20;
CREATE SEQUENCE task_lease_token_seq;
CREATE SEQUENCE task_log_seq CACHE 20;

-- A UUID of version 7 (RFC 9562): milliseconds, then 26 bits of a sequence, so that ids made in one millisecond keep
-- their order, then 48 random bits. The last 26 bits of a short one are 0: it can be written as 24 hexadecimal digits.
-- One expression, so that it becomes part of the statement that calls it.
CREATE FUNCTION task_new_id(ms bigint, n bigint, r bigint, short boolean) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex((n >> 14) & 4095), 3, '0') || to_hex((n & 16383) | 32768)
          || lpad(to_hex(r & CASE WHEN short THEN 281474909601792 ELSE 281474976710655 END), 12, '0'))::uuid
$$;

-- The least id made at or after a moment: bounds of partitions.
CREATE FUNCTION task_id_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(trunc(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Partitioned by id, which begins with the time it was made: a week of history is dropped as one table, and an id
-- leads to its partition. No index holds a column that transitions change, so that they stay within the page.
CREATE TABLE task (
  task_id          uuid NOT NULL,
  family           text NOT NULL DEFAULT '',         -- whose REST vocabulary it belongs to; '' = nobody's
  operation        text NOT NULL,                    -- names the handler
  queue            text NOT NULL,
  state            text NOT NULL DEFAULT 'available',
  phase            text NOT NULL DEFAULT '',         -- finer than the state; what it says is the family's matter
  entry_phase      text NOT NULL DEFAULT '',         -- phase it was queued in, to which it returns
  fresh            boolean NOT NULL DEFAULT true,    -- no phase of it is done; held back by maintenance
  priority         smallint NOT NULL DEFAULT 0,      -- low first
  run_time         timestamptz NOT NULL,             -- not before
  attempt          smallint NOT NULL DEFAULT 0,      -- runs that were started, without those given back or rescued
  max_attempts     smallint NOT NULL DEFAULT 5,
  rescues          smallint NOT NULL DEFAULT 0,      -- runs whose process died
  retry_base_ms    int NOT NULL DEFAULT 1000,
  on_crash         text NOT NULL DEFAULT 'requeue',
  cancel_requested boolean NOT NULL DEFAULT false,
  worker_id        text,                             -- that runs or last ran it
  lease_token      bigint,                           -- of the run; every write of the run carries it
  target           text,
  owner            text,
  unique_key       text,                             -- one unfinished task a key
  limit_key        text,                             -- row of task_limit that it must be admitted by
  payload          jsonb NOT NULL DEFAULT '{}',
  created_by       jsonb,
  result           jsonb,
  error            text,
  progress         real NOT NULL DEFAULT 0,
  create_time      timestamptz NOT NULL DEFAULT now(),
  update_time      timestamptz NOT NULL DEFAULT now(),
  start_time       timestamptz,
  finish_time      timestamptz,
  PRIMARY KEY (task_id),
  CONSTRAINT task_state_check CHECK (state IN
    ('available', 'retryable', 'running', 'completed', 'discarded', 'cancelled')),
  CONSTRAINT task_running_check CHECK (state <> 'running' OR (lease_token IS NOT NULL AND worker_id IS NOT NULL
    AND start_time IS NOT NULL)),
  CONSTRAINT task_finished_check CHECK ((state IN ('completed', 'discarded', 'cancelled')) = (finish_time IS NOT NULL)),
  CONSTRAINT task_attempt_check CHECK (attempt BETWEEN 0 AND max_attempts AND max_attempts >= 1),
  CONSTRAINT task_rescues_check CHECK (rescues BETWEEN 0 AND 3),
  CONSTRAINT task_retry_check CHECK (retry_base_ms BETWEEN 1 AND 86400000),
  CONSTRAINT task_on_crash_check CHECK (on_crash IN ('requeue', 'fail')),
  CONSTRAINT task_error_check CHECK (state NOT IN ('retryable', 'discarded') OR error IS NOT NULL),
  CONSTRAINT task_result_check CHECK (result IS NULL OR state = 'completed'),
  CONSTRAINT task_progress_check CHECK (progress BETWEEN 0 AND 1),
  CONSTRAINT task_priority_check CHECK (priority BETWEEN -100 AND 100)
) PARTITION BY RANGE (task_id);
CREATE INDEX task_family_index ON task (family, task_id) WHERE family <> '';
CREATE INDEX task_target_index ON task (target, task_id) WHERE target IS NOT NULL;
CREATE INDEX task_owner_index ON task (owner, task_id) WHERE owner IS NOT NULL;

-- What happened to a task, in the words of its handlers; append-only, and dropped with it.
CREATE TABLE task_log (
  task_id     uuid NOT NULL,
  seq         bigint NOT NULL DEFAULT nextval('task_log_seq'),
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  message     text NOT NULL,
  PRIMARY KEY (task_id, seq)
) PARTITION BY RANGE (task_id);

-- Takes what no week has been made for.
CREATE TABLE task_default PARTITION OF task DEFAULT;
CREATE TABLE task_log_default PARTITION OF task_log DEFAULT;

-- Makes the partitions of the week that begins at `week`; false when they are there, or when the default partition
-- holds tasks of that week already, which then stay there.
CREATE FUNCTION task_make_partition(week date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  suffix text := to_char(week, 'YYYYMMDD');
  low uuid := task_id_floor(week::timestamp AT TIME ZONE 'UTC');
  high uuid := task_id_floor((week + 7)::timestamp AT TIME ZONE 'UTC');
BEGIN
  IF to_regclass('task_' || suffix) IS NOT NULL
     OR EXISTS (SELECT FROM task_default WHERE task_id >= low AND task_id < high)
     OR EXISTS (SELECT FROM task_log_default WHERE task_id >= low AND task_id < high) THEN
    RETURN false;
  END IF;
  -- Room for two transitions in the page; the dead go as soon as there are a few.
  EXECUTE format('CREATE TABLE %I PARTITION OF task FOR VALUES FROM (%L) TO (%L) '
    'WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02)', 'task_' || suffix, low, high);
  EXECUTE format('CREATE TABLE %I PARTITION OF task_log FOR VALUES FROM (%L) TO (%L)', 'task_log_' || suffix, low, high);
  RETURN true;
END
$$;

-- Drops the oldest week that ended before `moment` and holds nothing unfinished; its first day, or NULL.
CREATE FUNCTION task_drop_partition(moment timestamptz) RETURNS date LANGUAGE plpgsql AS $$
DECLARE
  part text;
  unfinished boolean;
BEGIN
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'task'::regclass AND c.relname ~ '^task_\d{8}$'
       AND to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= (moment AT TIME ZONE 'UTC')::date
     ORDER BY c.relname
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE finish_time IS NULL)', part) INTO unfinished;
    IF NOT unfinished THEN
      EXECUTE format('DROP TABLE %I', part);
      EXECUTE format('DROP TABLE %I', 'task_log_' || right(part, 8));
      RETURN to_date(right(part, 8), 'YYYYMMDD');
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

SELECT task_make_partition(date_trunc('week', now() AT TIME ZONE 'UTC')::date + 7 * n) FROM generate_series(0, 4) AS n;

-- Hot: what may be taken at once. The key is the order of taking; work that was begun comes first.
CREATE TABLE task_ready (
  queue     text NOT NULL,
  fresh     boolean NOT NULL,
  priority  smallint NOT NULL,
  run_time  timestamptz NOT NULL,
  task_id   uuid NOT NULL,
  limit_key text,
  PRIMARY KEY (queue, fresh, priority, run_time, task_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_insert_scale_factor = 0.2);
CREATE INDEX task_ready_limited_index ON task_ready (task_id) WHERE limit_key IS NOT NULL;

-- What may not be taken before its time.
CREATE TABLE task_delayed (
  run_time  timestamptz NOT NULL,
  task_id   uuid NOT NULL,
  queue     text NOT NULL,
  fresh     boolean NOT NULL,
  priority  smallint NOT NULL,
  limit_key text,
  PRIMARY KEY (run_time, task_id)
);

-- What waits for a place of its key.
CREATE TABLE task_blocked (
  limit_key text NOT NULL,
  fresh     boolean NOT NULL,
  priority  smallint NOT NULL,
  run_time  timestamptz NOT NULL,
  task_id   uuid NOT NULL,
  queue     text NOT NULL,
  PRIMARY KEY (limit_key, fresh, priority, run_time, task_id)
);

-- How much of a key may be under way in the whole mesh, and how much of it may start in a minute. Key `queue:NAME`
-- limits a queue. Admission locks the row.
CREATE TABLE task_limit (
  limit_key       text PRIMARY KEY,
  max_running     int,
  rate_per_minute int,
  tokens          double precision NOT NULL DEFAULT 0,  -- starts saved up, at most a minute's
  token_time      timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT task_limit_max_check CHECK (max_running > 0),
  CONSTRAINT task_limit_rate_check CHECK (rate_per_minute > 0),
  CONSTRAINT task_limit_some_check CHECK (max_running IS NOT NULL OR rate_per_minute IS NOT NULL)
);
INSERT INTO task_limit (limit_key, max_running) VALUES ('queue:datastore-manager', 1), ('queue:(suspects)', 1);

-- Places of keys that are taken: by tasks that are ready or running.
CREATE TABLE task_slot (
  task_id   uuid PRIMARY KEY,
  limit_key text NOT NULL
);
CREATE INDEX task_slot_limit_index ON task_slot (limit_key);

-- One unfinished task a unique key.
CREATE TABLE task_key (
  unique_key text PRIMARY KEY,
  task_id    uuid NOT NULL
);

-- Runs under way. A run's lease is its worker's.
CREATE TABLE task_lease (
  task_id   uuid PRIMARY KEY,
  worker_id text NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Processes that run tasks. One row a process, written every few seconds.
CREATE TABLE task_worker (
  worker_id      text PRIMARY KEY,
  lease_end_time timestamptz NOT NULL,
  start_time     timestamptz NOT NULL DEFAULT now(),
  queues         text[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);

-- Tasks given up, until somebody redrives or forgets them.
CREATE TABLE task_dead (
  task_id     uuid PRIMARY KEY,
  queue       text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now()
);

-- Queues that operators stopped.
CREATE TABLE task_queue (
  queue  text PRIMARY KEY,
  paused boolean NOT NULL DEFAULT false
);

-- Every maintenance notice; the newest holds. While it pauses, no fresh task starts.
CREATE TABLE task_maintenance (
  maintenance_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  msg            text NOT NULL,
  paused         boolean NOT NULL,
  create_time    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Answers given to requests with an idempotency key, stored in the transaction that did the work.
CREATE TABLE task_idempotency (
  caller       text NOT NULL,
  key          text NOT NULL,
  request_hash text NOT NULL,
  response     text NOT NULL,
  create_time  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, key)
);

-- Which process does what only one may do. `term` grows with every change of hands.
CREATE TABLE task_leader (
  role           text PRIMARY KEY,
  holder         text NOT NULL,
  term           bigint NOT NULL DEFAULT 1,
  lease_end_time timestamptz NOT NULL
);

-- What is enqueued by the clock. `spec` is the enqueued task, as the statement enqueue_tasks reads it.
CREATE TABLE task_schedule (
  schedule     text PRIMARY KEY,
  cron         text NOT NULL,                    -- five fields in UTC, or `@every 90s`
  spec         jsonb NOT NULL,
  catch_up     text NOT NULL DEFAULT 'skip',
  enabled      boolean NOT NULL DEFAULT true,
  next_time    timestamptz,                      -- NULL: to be worked out
  last_time    timestamptz,
  last_task_id uuid,
  CONSTRAINT task_schedule_catch_up_check CHECK (catch_up IN ('skip', 'once'))
);

-- One tick a slot, whoever ticks.
CREATE TABLE task_tick (
  schedule    text NOT NULL,
  slot_time   timestamptz NOT NULL,
  task_id     uuid,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (schedule, slot_time)
);

-- Puts a task that was just changed to `new_state` where that state has it: the run ends, its place is given back, and
-- what waits is queued. Does not take it out of the queue it may have been in.
CREATE FUNCTION task_settle(id uuid, new_state text, new_queue text, is_fresh boolean, new_priority smallint,
                            due timestamptz, new_limit_key text, held_key text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM task_lease WHERE task_id = id;
  DELETE FROM task_slot WHERE task_id = id;
  IF new_state IN ('available', 'retryable') THEN
    IF due > now() THEN
      INSERT INTO task_delayed (run_time, task_id, queue, fresh, priority, limit_key)
      VALUES (due, id, new_queue, is_fresh, new_priority, new_limit_key) ON CONFLICT DO NOTHING;
    ELSIF new_limit_key IS NOT NULL THEN
      INSERT INTO task_blocked (limit_key, fresh, priority, run_time, task_id, queue)
      VALUES (new_limit_key, is_fresh, new_priority, due, id, new_queue) ON CONFLICT DO NOTHING;
    ELSE
      INSERT INTO task_ready (queue, fresh, priority, run_time, task_id)
      VALUES (new_queue, is_fresh, new_priority, due, id) ON CONFLICT DO NOTHING;
    END IF;
  ELSIF new_state IN ('completed', 'discarded', 'cancelled') THEN
    DELETE FROM task_key WHERE unique_key = held_key AND task_id = id;
    IF new_state = 'discarded' THEN
      INSERT INTO task_dead (task_id, queue) VALUES (id, new_queue) ON CONFLICT DO NOTHING;
    END IF;
  END IF;
END
$$;

-- Takes a task out of the queue. Rows that somebody else is just taking are left to them: they find the task changed.
CREATE FUNCTION task_unqueue(id uuid, old_queue text, was_fresh boolean, old_priority smallint, due timestamptz,
                             old_limit_key text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM task_ready WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM task_ready
     WHERE queue = old_queue AND fresh = was_fresh AND priority = old_priority AND run_time = due AND task_id = id
       FOR UPDATE SKIP LOCKED));
  DELETE FROM task_delayed WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM task_delayed WHERE run_time = due AND task_id = id FOR UPDATE SKIP LOCKED));
  DELETE FROM task_blocked WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM task_blocked
     WHERE limit_key = old_limit_key AND fresh = was_fresh AND priority = old_priority AND run_time = due
       AND task_id = id
       FOR UPDATE SKIP LOCKED));
END
$$;

-- While true, no fresh task starts.
CREATE FUNCTION task_maintenance_paused() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT paused FROM task_maintenance ORDER BY maintenance_id DESC LIMIT 1), false)
$$;

-- The row of task_limit that a task of this queue needs: the queue's, else the one it asks for.
CREATE FUNCTION task_limit_of(of_queue text, own_key text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT limit_key FROM task_limit WHERE limit_key = 'queue:' || of_queue), own_key)
$$;
