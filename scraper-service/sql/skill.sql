-- name: add_skill_to_postings
-- Gives a skill that users added to the open postings that name it already. The index finds the words; the name as a
-- whole ("F#", "C--") decides, exactly as written when it is shorter than four letters.
WITH changed AS (
  UPDATE posting
     SET skills = array_append(skills, $1), update_time = now(), version = version + 1
   WHERE open AND tsv @@ phraseto_tsquery('simple', $1) AND NOT skills @> ARRAY[$1]
     AND CASE WHEN length($1) < 4 THEN strpos(title || ' ' || description, $1)
              ELSE strpos(lower(title || ' ' || description), lower($1)) END > 0
  RETURNING posting_id, version
), noted AS (
  INSERT INTO outbox (posting_id, kind, version) SELECT posting_id, 2, version FROM changed
)
SELECT count(*) AS changed FROM changed;

-- name: add_vocabulary_skills
INSERT INTO skill (name) SELECT unnest($1::text[]) ON CONFLICT (lower(name)) DO NOTHING;

-- name: confirm_skill
UPDATE skill SET confirmed = true WHERE skill_id = $1 AND NOT confirmed RETURNING name;

-- name: confirm_skill_saga
UPDATE skill_saga SET state = 'confirmed' WHERE saga_id = $1::uuid AND state <> 'undone' RETURNING skill_id;

-- name: delete_unconfirmed_skill
-- Only when no other saga relies on it.
DELETE FROM skill s
 WHERE s.skill_id = $1 AND s.custom AND NOT s.confirmed
   AND NOT EXISTS (SELECT FROM skill_saga g WHERE g.skill_id = s.skill_id AND g.saga_id <> $2::uuid AND g.state <> 'undone')
RETURNING s.skill_id;

-- name: find_skill
SELECT skill_id, name FROM skill WHERE lower(name) = lower($1) FOR SHARE;

-- name: find_skill_saga
SELECT g.skill_id, g.created, g.state, s.name
  FROM skill_saga g LEFT JOIN skill s USING (skill_id)
 WHERE g.saga_id = $1::uuid;

-- name: insert_custom_skill
INSERT INTO skill (name, custom, confirmed) VALUES ($1, true, false)
ON CONFLICT (lower(name)) DO NOTHING RETURNING skill_id, name;

-- name: insert_skill_saga
INSERT INTO skill_saga (saga_id, skill_id, created, state) VALUES ($1::uuid, $2, $3, 'reserved')
ON CONFLICT (saga_id) DO NOTHING RETURNING saga_id;

-- name: list_custom_skills
SELECT name FROM skill WHERE custom AND confirmed ORDER BY skill_id;

-- name: list_skills
SELECT skill_id, name FROM skill ORDER BY lower(name);

-- name: lock_skill
-- Waits for sagas that are just reserving it, so that the next statement sees them.
SELECT skill_id FROM skill WHERE skill_id = $1 FOR UPDATE;

-- name: undo_skill_saga
-- Remembers the saga even when its reservation never came. A confirmed one stays.
INSERT INTO skill_saga (saga_id, state) VALUES ($1::uuid, 'undone')
ON CONFLICT (saga_id) DO UPDATE SET state = 'undone' WHERE skill_saga.state = 'reserved'
RETURNING skill_id, created;
