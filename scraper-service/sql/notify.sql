-- name: notify
-- A doorbell: who is rung looks for itself.
SELECT pg_notify($1, '');
