CREATE TABLE subscription (
  subscription_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id         integer NOT NULL REFERENCES account ON DELETE CASCADE,
  -- Canonical name of the skill, case-folded; see tag.h.
  tag             text NOT NULL,
  create_time     timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT subscription_user_tag_key UNIQUE (user_id, tag),
  CONSTRAINT subscription_tag_length CHECK (char_length(tag) BETWEEN 1 AND 100)
);
-- The matcher asks who subscribes to any of a posting's tags.
CREATE INDEX subscription_tag_idx ON subscription (tag, user_id);
