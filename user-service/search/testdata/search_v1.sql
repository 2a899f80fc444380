-- The contract view of the scraper-service over a table of its columns, for tests.
CREATE SCHEMA search_v1;
CREATE TABLE posting (
  posting_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  job_id uuid NOT NULL DEFAULT gen_random_uuid(),
  source text NOT NULL DEFAULT 'board',
  native_id text NOT NULL DEFAULT '',
  url text NOT NULL DEFAULT 'https://board.example/1',
  title text NOT NULL,
  company text NOT NULL DEFAULT 'Acme',
  location text NOT NULL DEFAULT 'Oslo, Norway',
  city text, region text, country text,
  description text NOT NULL DEFAULT '',
  skills text[] NOT NULL DEFAULT '{}',
  salary_min numeric, salary_max numeric, salary_currency text, salary_period text,
  annual_min_usd numeric, annual_max_usd numeric,
  experience_min_years numeric, experience_max_years numeric,
  employment_type text, seniority text, remote_mode text,
  posted_time timestamptz,
  first_seen_time timestamptz NOT NULL DEFAULT now(),
  valid_through_time timestamptz,
  language text,
  quality_score integer NOT NULL DEFAULT 50,
  open boolean NOT NULL DEFAULT true,
  is_primary boolean NOT NULL DEFAULT true,
  sort_time timestamptz GENERATED ALWAYS AS (coalesce(posted_time, first_seen_time)) STORED,
  title_tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
  tsv tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', company), 'B') ||
    setweight(to_tsvector('simple', description), 'D')) STORED
);
CREATE INDEX posting_sort_time_idx ON posting (sort_time DESC, posting_id DESC);
CREATE INDEX posting_title_tsv_idx ON posting USING gin (title_tsv);
CREATE INDEX posting_tsv_idx ON posting USING gin (tsv);
CREATE VIEW search_v1.posting AS SELECT * FROM posting;
