-- name: claim_skill_sagas
-- Takes over unfinished runs that nobody works on.
UPDATE skill_saga s
   SET holder = $1, lease_time = now() + make_interval(secs => $2), fence = s.fence + 1
  FROM (SELECT saga_id FROM skill_saga
         WHERE state NOT IN ('DONE', 'UNDONE') AND lease_time < now() AND next_time <= now()
         ORDER BY lease_time
         LIMIT $3
           FOR UPDATE SKIP LOCKED) due
 WHERE s.saga_id = due.saga_id
RETURNING s.saga_id, s.user_id, s.skill_name, s.state, s.fence, s.skill_id, s.tag, s.subscription_id, s.attempts,
          s.create_time < now() - interval '5 minutes' AS overdue;

-- name: create_skill_saga
INSERT INTO skill_saga (user_id, skill_name, skill_key, holder, lease_time)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
ON CONFLICT (user_id, skill_key) WHERE state NOT IN ('COMPENSATE', 'UNDONE') DO NOTHING
RETURNING saga_id, user_id, skill_name, state, fence, skill_id, tag, subscription_id, attempts, false AS overdue;

-- name: delete_old_skill_sagas
DELETE FROM skill_saga WHERE state = 'UNDONE' AND create_time < now() - interval '30 days';

-- name: fail_skill_saga
UPDATE skill_saga SET state = 'COMPENSATE', failure = $3, attempts = 0, next_time = now()
 WHERE saga_id = $1 AND fence = $2 AND state IN ('RESERVE', 'SUBSCRIBE')
RETURNING saga_id;

-- name: find_live_skill_saga
SELECT saga_id, user_id, skill_name, state, fence, skill_id, tag, subscription_id, attempts, false AS overdue
  FROM skill_saga
 WHERE user_id = $1 AND skill_key = $2 AND state NOT IN ('COMPENSATE', 'UNDONE');

-- name: finish_skill_saga
UPDATE skill_saga SET state = $3, lease_time = now()
 WHERE saga_id = $1 AND fence = $2 AND state = CASE $3 WHEN 'DONE' THEN 'CONFIRM' ELSE 'COMPENSATE' END
RETURNING saga_id;

-- name: postpone_skill_saga
-- Puts the step off and lets go of the lease.
UPDATE skill_saga
   SET attempts = attempts + 1, lease_time = now(), next_time = now() + make_interval(secs => $3)
 WHERE saga_id = $1 AND fence = $2
RETURNING saga_id;

-- name: record_reservation
UPDATE skill_saga SET state = 'SUBSCRIBE', skill_id = $3, tag = $4, attempts = 0
 WHERE saga_id = $1 AND fence = $2 AND state = 'RESERVE'
RETURNING saga_id;

-- name: record_saga_subscription
UPDATE skill_saga SET state = 'CONFIRM', subscription_id = $3, attempts = 0
 WHERE saga_id = $1 AND fence = $2 AND state = 'SUBSCRIBE'
RETURNING saga_id;
