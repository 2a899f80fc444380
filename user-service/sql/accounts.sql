-- name: clear_login_failures
DELETE FROM login_failure WHERE email_key = $1;

-- name: create_account
INSERT INTO account (email, email_key, name, password_hash)
VALUES ($1, $2, $3, $4)
ON CONFLICT (email_key) DO NOTHING
RETURNING user_id, role;

-- name: create_login_failure
INSERT INTO login_failure (email_key, address) VALUES ($1, $2);

-- name: find_login_throttle
-- Seconds until another try is allowed, NULL when it is now: the moment the n-th youngest failure leaves the window.
SELECT ceil(greatest(
  (SELECT extract(epoch FROM create_time - now()) + $5
     FROM login_failure
    WHERE email_key = $1 AND create_time > now() - make_interval(secs => $5)
    ORDER BY create_time DESC OFFSET $3 - 1 LIMIT 1),
  (SELECT extract(epoch FROM create_time - now()) + $5
     FROM login_failure
    WHERE address = $2 AND create_time > now() - make_interval(secs => $5)
    ORDER BY create_time DESC OFFSET $4 - 1 LIMIT 1)))::int AS retry_after_seconds;

-- name: ensure_role_account
-- An account that tokens of the front door may name; nobody can log in to it.
INSERT INTO account (email, email_key, name, password_hash, role)
VALUES ($1, $1, $2, '!', $3)
ON CONFLICT (email_key) DO UPDATE SET role = excluded.role
RETURNING user_id;

-- name: find_account
SELECT user_id, role FROM account WHERE user_id = $1::bigint;

-- name: find_account_by_email
SELECT user_id, role, password_hash FROM account WHERE email_key = $1;

-- name: replace_password_hash
-- Only when it is still the one that was verified.
UPDATE account SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2;

-- name: delete_old_login_failures
DELETE FROM login_failure WHERE create_time < now() - make_interval(secs => $1);
