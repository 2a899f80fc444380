-- name: count_subscriptions
SELECT count(*) AS subscriptions FROM subscription WHERE user_id = $1;

-- name: create_subscription
INSERT INTO subscription (user_id, tag) VALUES ($1, $2)
ON CONFLICT (user_id, tag) DO NOTHING
RETURNING subscription_id;

-- name: delete_subscription
DELETE FROM subscription WHERE user_id = $1 AND tag = $2;

-- name: find_subscription
SELECT subscription_id FROM subscription WHERE user_id = $1 AND tag = $2;

-- name: forget_skill_saga_of_tag
-- A finished run of the saga answers repeated requests with its ids; without its subscription it must not.
DELETE FROM skill_saga WHERE user_id = $1 AND tag = $2 AND state = 'DONE';

-- name: list_subscriptions
SELECT tag FROM subscription WHERE user_id = $1 ORDER BY tag;
