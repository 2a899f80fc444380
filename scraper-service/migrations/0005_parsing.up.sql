-- Document 003: people that were fetched. What its tasks came to is their result.
CREATE TABLE parsed_user (
  parsed_user_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email          text NOT NULL,
  first_name     text NOT NULL,
  last_name      text NOT NULL,
  create_time    timestamptz NOT NULL DEFAULT now()
);
