ALTER TABLE posting DROP COLUMN raw_hash;
