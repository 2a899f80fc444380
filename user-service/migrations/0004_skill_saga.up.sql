-- A run of the saga behind POST /add-new-skill; `state` names the step that is next:
--
--   RESERVE → SUBSCRIBE → CONFIRM → DONE
--      └─────────┴──→ COMPENSATE → UNDONE
--
-- From CONFIRM on there is no way back: what is left to do is repeated until it succeeds.
CREATE TABLE skill_saga (
  saga_id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id         integer NOT NULL,
  -- As asked for, and folded.
  skill_name      text NOT NULL,
  skill_key       text NOT NULL,
  state           text NOT NULL DEFAULT 'RESERVE',
  skill_id        integer,
  -- Tag of the subscription: the folded canonical name that the reservation answered.
  tag             text,
  subscription_id integer,
  -- Why it is being undone.
  failure         text,
  -- Which process works on it, until when, and the token that fences off a process that has lost it.
  holder          text NOT NULL,
  lease_time      timestamptz NOT NULL,
  fence           bigint NOT NULL DEFAULT 1,
  -- Failed tries of the current step, and when the next may start.
  attempts        integer NOT NULL DEFAULT 0,
  next_time       timestamptz NOT NULL DEFAULT now(),
  create_time     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT skill_saga_state_check
    CHECK (state IN ('RESERVE', 'SUBSCRIBE', 'CONFIRM', 'DONE', 'COMPENSATE', 'UNDONE')),
  CONSTRAINT skill_saga_reserved_check
    CHECK (state NOT IN ('SUBSCRIBE', 'CONFIRM', 'DONE') OR (skill_id IS NOT NULL AND tag IS NOT NULL)),
  CONSTRAINT skill_saga_subscribed_check
    CHECK (state NOT IN ('CONFIRM', 'DONE') OR subscription_id IS NOT NULL)
);
-- One live run for a user and a skill: a repeated request finds it.
CREATE UNIQUE INDEX skill_saga_user_skill_key ON skill_saga (user_id, skill_key)
  WHERE state NOT IN ('COMPENSATE', 'UNDONE');
-- What a process that resumes sagas looks for.
CREATE INDEX skill_saga_unfinished_idx ON skill_saga (lease_time) WHERE state NOT IN ('DONE', 'UNDONE');
