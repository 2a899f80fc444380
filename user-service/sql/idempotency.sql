-- name: begin_idempotent_request
-- Locks a key: a new one, one older than 24 hours, or one whose lock is over. Not for another request, and not while
-- it runs or when it is done; repeated with its own token it finds its own lock.
INSERT INTO idempotency_key AS k (caller, key, request_hash, lock_token, lock_expire_time)
VALUES ($1, $2, $3::bytea, $4, now() + make_interval(secs => $5))
ON CONFLICT (caller, key) DO UPDATE
   SET request_hash = excluded.request_hash, lock_token = excluded.lock_token,
       lock_expire_time = excluded.lock_expire_time, status = NULL, response = NULL, create_time = now()
 WHERE k.create_time < now() - interval '24 hours'
    OR (k.status IS NULL AND k.request_hash = excluded.request_hash
        AND (k.lock_expire_time <= now() OR k.lock_token = excluded.lock_token))
RETURNING lock_token;

-- name: delete_old_idempotency_keys
DELETE FROM idempotency_key WHERE create_time < now() - interval '24 hours';

-- name: find_idempotent_request
SELECT request_hash = $3::bytea AS same, response,
       ceil(extract(epoch FROM lock_expire_time - now()))::integer AS lock_seconds
  FROM idempotency_key
 WHERE caller = $1 AND key = $2;

-- name: free_idempotency_key
DELETE FROM idempotency_key WHERE caller = $1 AND key = $2 AND lock_token = $3 AND status IS NULL;

-- name: store_idempotent_response
UPDATE idempotency_key SET status = $4, response = $5::bytea
 WHERE caller = $1 AND key = $2 AND lock_token = $3 AND status IS NULL;
