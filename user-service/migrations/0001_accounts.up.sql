-- People. The id is an integer because document 001 promises one.
CREATE TABLE account (
  user_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email         text NOT NULL,
  -- The e-mail as it identifies the account: case-folded by the service, which does not depend on a locale.
  email_key     text NOT NULL,
  name          text NOT NULL,
  -- Argon2id in libsodium's text form, or '!' for an account that nobody can log in to.
  password_hash text NOT NULL,
  role          text NOT NULL DEFAULT 'USER',
  create_time   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT account_email_key UNIQUE (email_key),
  CONSTRAINT account_role_check CHECK (role IN ('USER', 'ADMIN', 'DATA_ADMIN', 'RESEARCHER'))
);

-- Pairs that tokens are signed with, newest first in use; see key_store.h for their life.
CREATE TABLE signing_key (
  kid         text PRIMARY KEY,
  private_pem text NOT NULL,
  modulus     text NOT NULL,
  exponent    text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now()
);

-- All tokens that come from one sign-in. user_id refers to no account, because tokens for tests and operators may
-- name a user that does not exist.
CREATE TABLE token_family (
  family_id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id     integer NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  -- When the last token of the family has expired.
  expire_time timestamptz NOT NULL,
  revoke_time timestamptz
);
CREATE INDEX token_family_expire_time_idx ON token_family (expire_time);
CREATE INDEX token_family_revoke_time_idx ON token_family (revoke_time) WHERE revoke_time IS NOT NULL;

-- Refresh tokens by their SHA-256; the token itself is never stored.
CREATE TABLE refresh_token (
  token_hash  bytea PRIMARY KEY,
  family_id   uuid NOT NULL REFERENCES token_family ON DELETE CASCADE,
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz NOT NULL,
  -- When it was exchanged for the next one; a second use revokes the family.
  spend_time  timestamptz,
  CONSTRAINT refresh_token_hash_length CHECK (length(token_hash) = 32)
);
CREATE INDEX refresh_token_family_id_idx ON refresh_token (family_id);

-- Failed log-ins, for the throttle; kept for its window only.
CREATE TABLE login_failure (
  login_failure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email_key        text NOT NULL,
  address          text NOT NULL,
  create_time      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failure_email_key_idx ON login_failure (email_key, create_time);
CREATE INDEX login_failure_address_idx ON login_failure (address, create_time);
CREATE INDEX login_failure_create_time_idx ON login_failure (create_time);
