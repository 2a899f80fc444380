DROP TABLE feed_reader;
DROP TABLE inbox_counter;
DROP TABLE inbox;
