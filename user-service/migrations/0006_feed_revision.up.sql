-- Grows with every move of the cursor: the data version of the search, which changes when postings do.
ALTER TABLE feed_reader ADD COLUMN revision bigint NOT NULL DEFAULT 1;
