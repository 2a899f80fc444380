-- name: acknowledge_notification
UPDATE inbox SET ack_time = now() WHERE user_id = $1 AND notification_id = $2 AND ack_time IS NULL;

-- name: advance_feed_reader
-- Moves the cursor, only from where it was read; locks it until the end of the transaction.
UPDATE feed_reader SET cursor = $3, revision = revision + 1 WHERE name = $1 AND cursor = $2;

-- name: create_notifications
-- One notification for every user who subscribed to any of the tags before the posting appeared, unless the job was
-- told before. Ids follow the order of commit, because advance_feed_reader lets one matcher in at a time.
WITH hit AS (
  SELECT s.user_id, array_agg(s.tag ORDER BY s.tag) AS matched
    FROM subscription s
   WHERE s.tag = ANY ($1::text[]) AND s.create_time < $2::timestamptz
     AND NOT EXISTS (SELECT FROM inbox i WHERE i.user_id = s.user_id AND i.job_id = $3::uuid)
   GROUP BY s.user_id
), numbered AS (
  INSERT INTO inbox_counter AS c (user_id, last_id)
  SELECT user_id, 1 FROM hit ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE SET last_id = c.last_id + 1
  RETURNING user_id, last_id
)
INSERT INTO inbox (user_id, notification_id, job_id, job, matched)
SELECT n.user_id, n.last_id, $3::uuid, $4::bytea, h.matched
  FROM numbered n JOIN hit h USING (user_id);

-- name: delete_old_notifications
-- What nobody fetched or what is long acknowledged.
DELETE FROM inbox WHERE create_time < now() - interval '30 days';

-- name: find_feed_revision
SELECT revision FROM feed_reader WHERE name = $1;

-- name: lease_feed_reader
-- Takes or keeps the lease of a feed reader.
UPDATE feed_reader SET holder = $2, lease_time = now() + make_interval(secs => $3)
 WHERE name = $1 AND (holder = $2 OR lease_time < now())
RETURNING cursor;

-- name: list_unacknowledged
-- Unacknowledged notifications of some users, each above a number of its own, oldest first, a few of each.
SELECT i.user_id, i.notification_id, i.job, i.matched
  FROM unnest($1::int[], $2::int[]) AS u (user_id, after)
 CROSS JOIN LATERAL (
   SELECT * FROM inbox i
    WHERE i.user_id = u.user_id AND i.notification_id > u.after AND i.ack_time IS NULL
    ORDER BY i.notification_id LIMIT $3) i
 ORDER BY i.user_id, i.notification_id;

-- name: list_revoked_among
-- Which of some token families are revoked.
SELECT family_id FROM token_family WHERE family_id = ANY ($1::uuid[]) AND revoke_time IS NOT NULL;

-- name: release_feed_reader
UPDATE feed_reader SET lease_time = '-infinity' WHERE name = $1 AND holder = $2;

-- name: ring_inbox
-- A doorbell for the hubs of all replicas; rung after the commit, because NOTIFY inside a transaction takes a lock
-- that all committers share.
SELECT pg_notify('jobmesh_inbox', '');
