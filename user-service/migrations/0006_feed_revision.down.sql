ALTER TABLE feed_reader DROP COLUMN revision;
