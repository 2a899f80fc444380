DROP SCHEMA search_v1 CASCADE;
DROP TABLE skill_saga, skill;
DROP FUNCTION usd_of(numeric, text);
DROP TABLE currency_rate, outbox, posting, page_validator, source_state;
DROP SEQUENCE lease_token_seq;
