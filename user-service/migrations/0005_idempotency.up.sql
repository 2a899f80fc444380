-- Requests with an Idempotency-Key: running while status is NULL, else done. Kept for 24 hours.
CREATE TABLE idempotency_key (
  caller           text NOT NULL,
  key              text NOT NULL,
  -- SHA-256 of what was asked for.
  request_hash     bytea NOT NULL,
  -- Whose turn it is: chosen at random by the process that carries the request out.
  lock_token       text NOT NULL,
  lock_expire_time timestamptz NOT NULL,
  -- HTTP status and jobmesh.idempotency.v1.StoredResponse of the answer.
  status           integer,
  response         bytea,
  create_time      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, key),
  CONSTRAINT idempotency_key_caller_length CHECK (length(caller) BETWEEN 1 AND 200),
  CONSTRAINT idempotency_key_key_length CHECK (length(key) BETWEEN 1 AND 255),
  CONSTRAINT idempotency_key_hash_length CHECK (length(request_hash) = 32),
  CONSTRAINT idempotency_key_done_check CHECK ((status IS NULL) = (response IS NULL))
);
CREATE INDEX idempotency_key_create_time_idx ON idempotency_key (create_time);
