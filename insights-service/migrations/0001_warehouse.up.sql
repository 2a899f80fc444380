-- Words of a title or of a search, each once, in lower case. `c++` and `c#` are words of their own.
CREATE FUNCTION words_of(title text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT word ORDER BY word), '{}')
    FROM regexp_split_to_table(lower(title), '[^[:alnum:]+#]+') AS word WHERE word ~ '[[:alnum:]]'
$$;

-- Where the load stands; one row. `cursor` moves in the transaction that stores what was read.
CREATE TABLE load_state (
  only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT load_state_one_row CHECK (only_row),
  cursor text NOT NULL DEFAULT '',
  -- Grows with everything that may change an answer.
  revision bigint NOT NULL DEFAULT 1,
  -- When the warehouse was last known to hold everything the feed had.
  caught_up_time timestamptz NOT NULL DEFAULT now(),
  -- The replica that loads, and until when it has the right to.
  holder text NOT NULL DEFAULT '',
  lease_end_time timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO load_state DEFAULT VALUES;

CREATE TABLE dim_skill (
  skill_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT dim_skill_name_key UNIQUE  -- lower case
);
CREATE TABLE dim_company (
  company_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL CONSTRAINT dim_company_name_key UNIQUE
);
-- '' stands for unknown in the parsed members.
CREATE TABLE dim_location (
  location_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  location text NOT NULL,
  city text NOT NULL,
  region text NOT NULL,
  country text NOT NULL,
  CONSTRAINT dim_location_key UNIQUE (location, city, region, country)
);

-- One row a posting, also of closed ones; those do not count. Keys of dimensions are not enforced: the loader writes
-- them in the same transaction, and tables without cross-references can be distributed by posting_id.
CREATE TABLE fact_posting (
  posting_id uuid PRIMARY KEY,
  version bigint NOT NULL,
  job_id uuid NOT NULL,
  source text NOT NULL,
  title text NOT NULL,
  company_id int NOT NULL,
  location_id int NOT NULL,
  skill_ids int[] NOT NULL,
  seniority text,
  employment_type text,
  remote_mode text,
  -- As stated, beside what is counted with.
  salary_min numeric,
  salary_max numeric,
  salary_currency text,
  salary_period text,
  -- Middle of the stated range per year.
  annual_usd numeric CONSTRAINT fact_posting_annual_usd_check CHECK (annual_usd > 0),
  experience_years numeric CONSTRAINT fact_posting_experience_check CHECK (experience_years >= 0),
  posted_time timestamptz NOT NULL,
  open boolean NOT NULL
);
CREATE INDEX fact_posting_job_idx ON fact_posting (job_id);

-- The grain of all answers: a job that is open somewhere, made from its open postings.
CREATE TABLE fact_job (
  job_id uuid PRIMARY KEY,
  title_words text[] NOT NULL,  -- of all its postings
  skill_ids int[] NOT NULL,     -- of all its postings
  location_id int NOT NULL,     -- this and what follows: of the posting that was first to state it
  company_id int NOT NULL,
  seniority text,
  annual_usd numeric,           -- average of its postings
  experience_years numeric,     -- average of its postings
  posted_time timestamptz NOT NULL
);
CREATE INDEX fact_job_title_words_idx ON fact_job USING gin (title_words);
CREATE INDEX fact_job_skill_ids_idx ON fact_job USING gin (skill_ids);
CREATE INDEX fact_job_experience_idx ON fact_job (experience_years, annual_usd) WHERE annual_usd IS NOT NULL;

-- Kept equal to what fact_job adds up to, by adding and subtracting the jobs that changed.
CREATE TABLE agg_skill (
  skill_id int PRIMARY KEY,
  jobs int NOT NULL CONSTRAINT agg_skill_jobs_check CHECK (jobs >= 0),
  salaried_jobs int NOT NULL CONSTRAINT agg_skill_salaried_jobs_check CHECK (salaried_jobs BETWEEN 0 AND jobs),
  salary_sum numeric NOT NULL
);
CREATE TABLE agg_total (
  only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT agg_total_one_row CHECK (only_row),
  jobs int NOT NULL DEFAULT 0 CONSTRAINT agg_total_jobs_check CHECK (jobs >= 0),
  salaried_jobs int NOT NULL DEFAULT 0 CONSTRAINT agg_total_salaried_jobs_check CHECK (salaried_jobs BETWEEN 0 AND jobs),
  salary_sum numeric NOT NULL DEFAULT 0
);
INSERT INTO agg_total DEFAULT VALUES;
