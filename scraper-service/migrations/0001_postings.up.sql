-- Refined postings and everything that crawling them needs.

CREATE SEQUENCE lease_token_seq;

-- State of a row of the sources file. One replica crawls a source at a time: it holds the lease, and every write of the
-- run carries the lease's token, so that a replica that lost its lease while frozen changes nothing afterwards.
CREATE TABLE source_state (
  source            text PRIMARY KEY,
  next_run_time     timestamptz NOT NULL DEFAULT now(),
  request_time      timestamptz,              -- somebody asked for a run
  lease_token       bigint,
  lease_end_time    timestamptz,
  last_start_time   timestamptz,
  last_end_time     timestamptz,
  last_success_time timestamptz,
  last_outcome      text,
  last_message      text,
  last_counts       jsonb NOT NULL DEFAULT '{}',
  last_samples      text[] NOT NULL DEFAULT '{}',
  CONSTRAINT source_state_outcome_check CHECK (last_outcome IS NULL OR last_outcome IN
    ('ok', 'partial', 'empty', 'blocked', 'unreachable', 'schema_changed'))
);

-- What a server gave to ask later whether a page has changed.
CREATE TABLE page_validator (
  url           text PRIMARY KEY,
  etag          text NOT NULL DEFAULT '',
  last_modified text NOT NULL DEFAULT '',
  update_time   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE posting (
  posting_id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  job_id               uuid NOT NULL,
  is_primary           boolean NOT NULL,       -- represents its job in search
  source               text NOT NULL,
  identity_key         text NOT NULL,          -- unique within the source: native id, else address, else content
  native_id            text NOT NULL DEFAULT '',
  url                  text NOT NULL DEFAULT '',
  canonical_url        text NOT NULL DEFAULT '',
  page_url             text NOT NULL DEFAULT '',
  title                text NOT NULL,
  company              text NOT NULL DEFAULT '',
  location             text NOT NULL DEFAULT '',
  city                 text,
  region               text,
  country              text,
  description          text NOT NULL DEFAULT '',
  skills               text[] NOT NULL DEFAULT '{}',
  salary_min           numeric,
  salary_max           numeric,
  salary_currency      text,
  salary_period        text,
  annual_min           numeric,
  annual_max           numeric,
  annual_min_usd       numeric,
  annual_max_usd       numeric,
  experience_min_years numeric,
  experience_max_years numeric,
  employment_type      text,
  seniority            text,
  remote_mode          text,
  posted_time          timestamptz,
  valid_through_time   timestamptz,
  language             text,
  quality_score        int NOT NULL DEFAULT 0,
  content_hash         text NOT NULL,          -- of all that refinement gave: equal means nothing to write
  text_fingerprint     text NOT NULL,          -- of title, company and description: copies on other sites share it
  version              bigint NOT NULL DEFAULT 1,
  open                 boolean NOT NULL DEFAULT true,
  first_seen_time      timestamptz NOT NULL DEFAULT now(),
  update_time          timestamptz NOT NULL DEFAULT now(),
  close_time           timestamptz,
  sort_time            timestamptz NOT NULL,
  title_tsv            tsvector NOT NULL,
  tsv                  tsvector NOT NULL,
  CONSTRAINT posting_identity_unique UNIQUE (source, identity_key),
  CONSTRAINT posting_quality_check CHECK (quality_score BETWEEN 0 AND 100),
  CONSTRAINT posting_close_check CHECK (open = (close_time IS NULL)),
  CONSTRAINT posting_salary_check CHECK (
    (salary_currency IS NULL) = (salary_min IS NULL AND salary_max IS NULL)),
  CONSTRAINT posting_employment_type_check CHECK (employment_type IN
    ('FULL_TIME', 'PART_TIME', 'CONTRACT', 'TEMPORARY', 'INTERN', 'VOLUNTEER', 'OTHER')),
  CONSTRAINT posting_seniority_check CHECK (seniority IN
    ('INTERN', 'JUNIOR', 'MID', 'SENIOR', 'LEAD', 'DIRECTOR', 'EXECUTIVE')),
  CONSTRAINT posting_remote_mode_check CHECK (remote_mode IN ('REMOTE', 'HYBRID', 'ONSITE'))
) WITH (fillfactor = 85);

CREATE INDEX posting_sort_index ON posting (sort_time DESC, posting_id DESC) WHERE open AND is_primary;
CREATE INDEX posting_title_index ON posting USING gin (title_tsv) WITH (fastupdate = off);
CREATE INDEX posting_text_index ON posting USING gin (tsv) WITH (fastupdate = off);
CREATE INDEX posting_skills_index ON posting USING gin (skills) WITH (fastupdate = off);
CREATE INDEX posting_canonical_url_index ON posting USING hash (canonical_url) WHERE canonical_url <> '';
CREATE INDEX posting_fingerprint_index ON posting USING hash (text_fingerprint);
CREATE INDEX posting_job_index ON posting (job_id);
CREATE INDEX posting_open_index ON posting (source, page_url) WHERE open;

-- Every accepted change, written in the transaction that makes it. Readers go by (xid, change_id) and stop below the
-- oldest transaction still running: a serial number alone would let a late commit slip past them.
CREATE TABLE outbox (
  change_id   bigint GENERATED ALWAYS AS IDENTITY,
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  posting_id  uuid NOT NULL,
  kind        smallint NOT NULL,
  version     bigint NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (xid, change_id),
  CONSTRAINT outbox_kind_check CHECK (kind BETWEEN 1 AND 4)
);

-- US dollars for one unit, from a date on; approximate mid-2026 rates. Insights and search compare by them; the stated
-- amount is always kept beside.
CREATE TABLE currency_rate (
  currency   text NOT NULL,
  valid_from date NOT NULL,
  usd        numeric NOT NULL,
  PRIMARY KEY (currency, valid_from),
  CONSTRAINT currency_rate_positive_check CHECK (usd > 0)
);
INSERT INTO currency_rate (currency, valid_from, usd) VALUES
  ('USD', '2000-01-01', 1), ('EUR', '2000-01-01', 1.15), ('GBP', '2000-01-01', 1.32), ('CHF', '2000-01-01', 1.24),
  ('CAD', '2000-01-01', 0.72), ('AUD', '2000-01-01', 0.66), ('NZD', '2000-01-01', 0.58), ('SEK', '2000-01-01', 0.105),
  ('NOK', '2000-01-01', 0.099), ('DKK', '2000-01-01', 0.154), ('PLN', '2000-01-01', 0.27), ('CZK', '2000-01-01', 0.047),
  ('HUF', '2000-01-01', 0.0030), ('RON', '2000-01-01', 0.227), ('BGN', '2000-01-01', 0.588), ('MDL', '2000-01-01', 0.059),
  ('UAH', '2000-01-01', 0.024), ('RUB', '2000-01-01', 0.0123), ('TRY', '2000-01-01', 0.0238), ('AMD', '2000-01-01', 0.0026),
  ('INR', '2000-01-01', 0.0113), ('CNY', '2000-01-01', 0.14), ('JPY', '2000-01-01', 0.0065), ('KRW', '2000-01-01', 0.00070),
  ('SGD', '2000-01-01', 0.77), ('HKD', '2000-01-01', 0.128), ('ILS', '2000-01-01', 0.30), ('AED', '2000-01-01', 0.272),
  ('SAR', '2000-01-01', 0.267), ('ZAR', '2000-01-01', 0.057), ('BRL', '2000-01-01', 0.185), ('MXN', '2000-01-01', 0.054),
  ('ARS', '2000-01-01', 0.0007), ('CLP', '2000-01-01', 0.00105), ('COP', '2000-01-01', 0.00025), ('THB', '2000-01-01', 0.031),
  ('IDR', '2000-01-01', 0.00006), ('MYR', '2000-01-01', 0.24), ('PHP', '2000-01-01', 0.0172), ('VND', '2000-01-01', 0.000038),
  ('NGN', '2000-01-01', 0.00068), ('KES', '2000-01-01', 0.0077), ('EGP', '2000-01-01', 0.021), ('PKR', '2000-01-01', 0.0036),
  ('GEL', '2000-01-01', 0.37), ('KZT', '2000-01-01', 0.0019), ('TWD', '2000-01-01', 0.032), ('RSD', '2000-01-01', 0.0098),
  ('ISK', '2000-01-01', 0.0080), ('BYN', '2000-01-01', 0.33);

CREATE FUNCTION usd_of(amount numeric, from_currency text) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT round(amount * usd, 2) FROM currency_rate
   WHERE currency = from_currency AND valid_from <= current_date
   ORDER BY valid_from DESC LIMIT 1
$$;

-- The catalogue of skills: the built-in vocabulary, and what users added.
CREATE TABLE skill (
  skill_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text NOT NULL,
  custom    boolean NOT NULL DEFAULT false,
  confirmed boolean NOT NULL DEFAULT true      -- false while only sagas under way rely on it
);
CREATE UNIQUE INDEX skill_name_unique ON skill (lower(name));

-- The scraper's side of the sagas that add a skill; a row outlives its saga, so that a late repetition is answered
-- the same.
CREATE TABLE skill_saga (
  saga_id     uuid PRIMARY KEY,
  skill_id    int,
  created     boolean NOT NULL DEFAULT false,
  state       text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT skill_saga_state_check CHECK (state IN ('reserved', 'confirmed', 'undone')),
  CONSTRAINT skill_saga_skill_check CHECK (state = 'undone' OR skill_id IS NOT NULL)
);

-- The contract with the user service's search: read only, by its own role.
CREATE SCHEMA search_v1;
CREATE VIEW search_v1.posting AS
  SELECT posting_id, job_id, source, native_id, url, title, company, location, city, region, country, description,
         skills, salary_min, salary_max, salary_currency, salary_period, annual_min_usd, annual_max_usd,
         experience_min_years, experience_max_years, employment_type, seniority, remote_mode, posted_time,
         first_seen_time, valid_through_time, language, quality_score, open, is_primary, sort_time, title_tsv, tsv
    FROM posting;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'jobmesh_search_reader') THEN
    GRANT USAGE ON SCHEMA search_v1 TO jobmesh_search_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA search_v1 TO jobmesh_search_reader;
  END IF;
END
$$;
