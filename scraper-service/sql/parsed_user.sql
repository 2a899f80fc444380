-- People that document 003 fetched.

-- name: add_parsed_user
INSERT INTO parsed_user (email, first_name, last_name) VALUES ($1, $2, $3) RETURNING parsed_user_id;
