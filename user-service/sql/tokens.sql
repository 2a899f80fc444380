-- name: create_refresh_token
INSERT INTO refresh_token (token_hash, family_id, expire_time)
VALUES ($1, $2, now() + make_interval(secs => $3));

-- name: create_signing_key
INSERT INTO signing_key (kid, private_pem, modulus, exponent) VALUES ($1, $2, $3, $4);

-- name: create_token_family
INSERT INTO token_family (user_id, expire_time)
VALUES ($1, now() + make_interval(secs => $2))
RETURNING family_id;

-- name: delete_expired_token_families
-- A family goes a day after its last token, so that an access token of it cannot outlive its revocation.
DELETE FROM token_family WHERE expire_time < now() - interval '1 day';

-- name: delete_replaced_signing_keys
-- A key goes a day after its successor came: no token signed with it is still valid.
DELETE FROM signing_key k
 WHERE EXISTS (SELECT FROM signing_key s
                WHERE s.create_time > k.create_time AND s.create_time < now() - interval '1 day');

-- name: extend_token_family
UPDATE token_family SET expire_time = now() + make_interval(secs => $2) WHERE family_id = $1;

-- name: find_refresh_token
-- Locks the family, so that a log-out and a refresh cannot overtake each other.
SELECT f.family_id, f.user_id, a.role,
       f.revoke_time IS NOT NULL AS revoked, r.spend_time IS NOT NULL AS spent, r.expire_time <= now() AS expired
  FROM refresh_token r
  JOIN token_family f USING (family_id)
  JOIN account a USING (user_id)
 WHERE r.token_hash = $1
   FOR UPDATE OF f, r;

-- name: find_signing_key
-- The newest key that everyone had two minutes to learn; a younger one only when there is no other.
SELECT kid, private_pem
  FROM signing_key
 ORDER BY create_time <= now() - interval '2 minutes' DESC,
          CASE WHEN create_time <= now() - interval '2 minutes' THEN create_time END DESC,
          create_time
 LIMIT 1;

-- name: is_signing_key_due
SELECT NOT EXISTS (SELECT FROM signing_key WHERE create_time > now() - make_interval(days => $1)) AS due;

-- name: is_token_family_revoked
SELECT EXISTS (SELECT FROM token_family WHERE family_id = $1 AND revoke_time IS NOT NULL) AS revoked;

-- name: list_revoked_families
SELECT family_id FROM token_family WHERE revoke_time > now() - make_interval(secs => $1) ORDER BY family_id;

-- name: list_signing_keys
SELECT kid, modulus, exponent FROM signing_key ORDER BY create_time DESC, kid;

-- name: lock_signing_keys
SELECT pg_advisory_xact_lock(hashtext('jobmesh_user.signing_key'));

-- name: revoke_token_family
INSERT INTO token_family (family_id, user_id, expire_time, revoke_time)
VALUES ($1, $2, now(), now())
ON CONFLICT (family_id) DO UPDATE SET revoke_time = coalesce(token_family.revoke_time, now());

-- name: revoke_token_family_of_refresh_token
-- The family of one of the user's own refresh tokens.
UPDATE token_family f
   SET revoke_time = coalesce(f.revoke_time, now())
  FROM refresh_token r
 WHERE r.token_hash = $1 AND r.family_id = f.family_id AND f.user_id = $2;

-- name: spend_refresh_token
UPDATE refresh_token SET spend_time = now() WHERE token_hash = $1;
