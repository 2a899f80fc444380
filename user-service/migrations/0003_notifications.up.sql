-- What users are to be told, until they have acknowledged it.
CREATE TABLE inbox (
  user_id         integer NOT NULL REFERENCES account ON DELETE CASCADE,
  -- Number among the notifications of the user, from 1, in order of commit.
  notification_id integer NOT NULL,
  job_id          uuid NOT NULL,
  -- jobmesh.search.v1.Job as it was when it matched.
  job             bytea NOT NULL,
  matched         text[] NOT NULL,
  create_time     timestamptz NOT NULL DEFAULT now(),
  ack_time        timestamptz,
  PRIMARY KEY (user_id, notification_id),
  -- A job is told once, whatever copies of it appear later.
  CONSTRAINT inbox_user_job_key UNIQUE (user_id, job_id)
);
CREATE INDEX inbox_unacknowledged_idx ON inbox (user_id, notification_id) WHERE ack_time IS NULL;
CREATE INDEX inbox_create_time_idx ON inbox (create_time);

-- Last notification_id of each user.
CREATE TABLE inbox_counter (
  user_id integer PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  last_id integer NOT NULL
);

-- How far the matcher has read the scraper-service's change feed, and which replica reads it. The cursor moves in the
-- transaction that stores what came of the changes, and only from the value it was read at: two readers at once
-- cannot both succeed.
CREATE TABLE feed_reader (
  name       text PRIMARY KEY,
  cursor     text NOT NULL DEFAULT '',
  holder     text NOT NULL DEFAULT '',
  lease_time timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO feed_reader (name) VALUES ('matcher');
