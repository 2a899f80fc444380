-- name: close_missing_postings
-- Closes what a complete run did not see. $2: identity keys seen; $3: pages that had not changed. The oldest open copy
-- of a closed primary represents the job from now on.
WITH gone AS (
  SELECT posting_id, job_id, is_primary
    FROM posting p
   WHERE p.source = $1 AND p.open
     AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS seen(key) WHERE seen.key = p.identity_key)
     AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS page(url) WHERE page.url = p.page_url)
), closed AS (
  UPDATE posting p
     SET open = false, is_primary = false, close_time = now(), update_time = now(), version = version + 1
    FROM gone WHERE p.posting_id = gone.posting_id
  RETURNING p.posting_id, p.version
), heirs AS (
  UPDATE posting p
     SET is_primary = true, update_time = now(), version = p.version + 1
    FROM (SELECT DISTINCT ON (o.job_id) o.posting_id
            FROM posting o JOIN gone ON gone.job_id = o.job_id AND gone.is_primary
           WHERE o.open AND NOT o.is_primary AND o.source <> $1
           ORDER BY o.job_id, o.first_seen_time) heir
   WHERE p.posting_id = heir.posting_id
  RETURNING p.posting_id, p.version
), noted AS (
  INSERT INTO outbox (posting_id, kind, version)
  SELECT posting_id, 3, version FROM closed
  UNION ALL
  SELECT posting_id, 2, version FROM heirs
)
SELECT count(*) AS closed FROM closed;

-- name: count_open_postings
SELECT count(*) AS open FROM posting WHERE source = $1 AND open;

-- name: find_unchanged_postings
-- $2, $3, $4: identity keys, hashes of what came, pages. The places, from 1, of those that are stored so.
-- OFFSET 0, as below: sources with one page for all would be walked whole for each.
SELECT asked.place
  FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS asked(key, raw_hash, page_url, place)
  CROSS JOIN LATERAL (SELECT o.open, o.raw_hash, o.page_url
                        FROM posting o WHERE o.source = $1 AND o.identity_key = asked.key OFFSET 0) AS p
 WHERE p.open AND p.raw_hash = asked.raw_hash AND p.page_url = asked.page_url
 ORDER BY asked.place;

-- name: lock_jobs
-- Until the transaction ends: runs write one after the other, so that copies that two of them bring at the same moment
-- see each other and become one job with one primary. Loading a file does not shut out loading another ($1 = false).
-- Compiling the statements that follow takes longer than they do.
SELECT set_config('lock_timeout', '0', true), set_config('jit', 'off', true),
       CASE WHEN $1::boolean THEN pg_advisory_xact_lock(820271)
            ELSE pg_advisory_xact_lock_shared(820271) END;

-- name: read_changes
-- Changes after ($1, $2) whose transactions, and all older ones, have ended.
SELECT o.xid::text AS xid, o.change_id, o.posting_id, o.kind, p.version, p.job_id, p.source, p.native_id, p.url, p.title,
       p.company, p.location, p.city, p.region, p.country, p.description, p.skills, p.salary_min, p.salary_max,
       p.salary_currency, p.salary_period, p.annual_min, p.annual_max, p.annual_min_usd, p.annual_max_usd,
       p.experience_min_years, p.experience_max_years, p.employment_type, p.seniority, p.remote_mode, p.posted_time,
       p.first_seen_time, p.valid_through_time, p.language, p.quality_score, p.open
  FROM outbox o LEFT JOIN posting p USING (posting_id)
 WHERE (o.xid, o.change_id) > ($1::text::xid8, $2::bigint)
   AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY o.xid, o.change_id
 LIMIT $3;

-- name: upsert_postings
-- $1: array of refined postings as JSON. Writes only what is new or has changed, together with its change; a posting
-- that copies one of another source (same address or same words) joins its job, unless its own source has one there
-- already: two requisitions of one source are two jobs.
-- OFFSET 0 makes each look at other postings a probe of the one index that is meant. Left to itself the planner, which
-- has not heard yet that the table grew since this transaction began, walks all open postings for each that comes.
WITH incoming AS (
  SELECT DISTINCT ON (source, identity_key) *
    FROM jsonb_to_recordset($1::jsonb) AS x(
      source text, identity_key text, native_id text, url text, canonical_url text, page_url text, title text,
      company text, location text, city text, region text, country text, description text, skills text[],
      salary_min numeric, salary_max numeric, salary_currency text, salary_period text, annual_min numeric,
      annual_max numeric, experience_min_years numeric, experience_max_years numeric, employment_type text,
      seniority text, remote_mode text, posted_time timestamptz, valid_through_time timestamptz, language text,
      quality_score int, content_hash text, text_fingerprint text, raw_hash text)
), known AS MATERIALIZED (
  SELECT i.*, p.posting_id AS old_id, p.job_id AS old_job_id, p.open AS was_open,
         p.open AND p.is_primary AS was_primary, p.content_hash AS old_content_hash, p.page_url AS old_page_url,
         p.raw_hash AS old_raw_hash
    FROM incoming i
    LEFT JOIN LATERAL (SELECT * FROM posting o
                        WHERE o.source = i.source AND o.identity_key = i.identity_key OFFSET 0) p ON true
), changed AS (
  SELECT k.*, coalesce(k.old_id, gen_random_uuid()) AS posting_id
    FROM known k
   WHERE k.old_id IS NULL OR k.old_content_hash <> k.content_hash OR NOT k.was_open
), moved AS (
  UPDATE posting p SET page_url = k.page_url, raw_hash = coalesce(k.raw_hash, '')
    FROM known k
   WHERE k.was_open AND k.old_content_hash = k.content_hash
     AND (k.old_page_url <> k.page_url OR k.old_raw_hash <> coalesce(k.raw_hash, ''))
     AND p.posting_id = k.old_id AND p.open AND p.content_hash = k.content_hash
), left_pages AS (
  -- The page they were on before is to come in full again: as "not modified" it would no longer stand for them.
  DELETE FROM page_validator v USING known k WHERE k.old_page_url <> k.page_url AND v.url = k.old_page_url
), matched AS (
  SELECT c.*, twin.job_id AS twin_job_id,
         row_number() OVER (PARTITION BY c.source, twin.job_id ORDER BY c.identity_key) AS place
    FROM changed c
    LEFT JOIN LATERAL (
      SELECT o.job_id
        FROM (SELECT p.job_id, p.source, p.identity_key, p.open, p.first_seen_time FROM posting p
               WHERE c.old_job_id IS NULL AND p.canonical_url <> '' AND p.canonical_url = c.canonical_url
              UNION ALL
              SELECT p.job_id, p.source, p.identity_key, p.open, p.first_seen_time FROM posting p
               WHERE c.old_job_id IS NULL AND p.text_fingerprint = c.text_fingerprint
              OFFSET 0) o
       WHERE o.source <> c.source AND o.open
         AND c.source <> ALL (SELECT own.source FROM posting own WHERE own.job_id = o.job_id)
       ORDER BY o.first_seen_time, o.source, o.identity_key LIMIT 1) twin ON true
), joined AS (
  SELECT m.*, coalesce(m.old_job_id, CASE WHEN m.place = 1 THEN m.twin_job_id END, m.posting_id) AS job_id FROM matched m
), placed AS (
  SELECT j.*, coalesce(j.was_primary, false) OR (
           SELECT count(*) = 0 FROM (SELECT p.open, p.is_primary FROM posting p WHERE p.job_id = j.job_id OFFSET 0) AS o
            WHERE o.open AND o.is_primary) AS is_primary
    FROM joined j
), written AS (
  INSERT INTO posting AS p (
      posting_id, job_id, is_primary, source, identity_key, native_id, url, canonical_url, page_url, title, company,
      location, city, region, country, description, skills, salary_min, salary_max, salary_currency, salary_period,
      annual_min, annual_max, annual_min_usd, annual_max_usd, experience_min_years, experience_max_years,
      employment_type, seniority, remote_mode, posted_time, valid_through_time, language, quality_score, content_hash,
      text_fingerprint, raw_hash, sort_time, title_tsv, tsv)
  SELECT posting_id, job_id, is_primary, source, identity_key, native_id, url, canonical_url, page_url, title, company,
         location, city, region, country, description, coalesce(skills, '{}'), salary_min, salary_max, salary_currency, salary_period,
         annual_min, annual_max, usd_of(annual_min, salary_currency), usd_of(annual_max, salary_currency),
         experience_min_years, experience_max_years, employment_type, seniority, remote_mode, posted_time,
         valid_through_time, language, quality_score, content_hash, text_fingerprint, coalesce(raw_hash, ''),
         coalesce(posted_time, now()),
         to_tsvector('simple', title),
         setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', company), 'B') ||
         setweight(to_tsvector('simple', array_to_string(coalesce(skills, '{}'), ' ')), 'B') ||
         setweight(to_tsvector('simple', left(description, 200000)), 'D')
    FROM placed
  ON CONFLICT (source, identity_key) DO UPDATE SET
      native_id = excluded.native_id, url = excluded.url, canonical_url = excluded.canonical_url,
      page_url = excluded.page_url, title = excluded.title, company = excluded.company, location = excluded.location,
      city = excluded.city, region = excluded.region, country = excluded.country, description = excluded.description,
      skills = excluded.skills, salary_min = excluded.salary_min, salary_max = excluded.salary_max,
      salary_currency = excluded.salary_currency, salary_period = excluded.salary_period,
      annual_min = excluded.annual_min, annual_max = excluded.annual_max, annual_min_usd = excluded.annual_min_usd,
      annual_max_usd = excluded.annual_max_usd, experience_min_years = excluded.experience_min_years,
      experience_max_years = excluded.experience_max_years, employment_type = excluded.employment_type,
      seniority = excluded.seniority, remote_mode = excluded.remote_mode, posted_time = excluded.posted_time,
      valid_through_time = excluded.valid_through_time, language = excluded.language,
      quality_score = excluded.quality_score, content_hash = excluded.content_hash,
      text_fingerprint = excluded.text_fingerprint, raw_hash = excluded.raw_hash,
      is_primary = excluded.is_primary,
      sort_time = coalesce(excluded.posted_time, p.first_seen_time), title_tsv = excluded.title_tsv, tsv = excluded.tsv,
      open = true, close_time = NULL, update_time = now(), version = p.version + 1
  RETURNING posting_id, version
), noted AS (
  INSERT INTO outbox (posting_id, kind, version)
  SELECT posting_id, CASE WHEN version = 1 THEN 1 ELSE 2 END, version FROM written
)
SELECT count(*) FILTER (WHERE version = 1) AS created, count(*) FILTER (WHERE version > 1) AS updated FROM written;
