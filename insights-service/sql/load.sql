-- name: add_dimensions
-- Members of dimensions that the postings $1 (see apply_postings) name and that are new.
WITH incoming AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb)
    AS x(company text, location text, city text, region text, country text, skills text[])
), skill AS (
  INSERT INTO dim_skill (name)
  SELECT DISTINCT lower(named.name) FROM incoming, unnest(skills) AS named(name)
   WHERE NOT EXISTS (SELECT FROM dim_skill d WHERE d.name = lower(named.name))
  ON CONFLICT DO NOTHING
), company AS (
  INSERT INTO dim_company (name)
  SELECT DISTINCT i.company FROM incoming i
   WHERE NOT EXISTS (SELECT FROM dim_company d WHERE d.name = i.company)
  ON CONFLICT DO NOTHING
)
INSERT INTO dim_location (location, city, region, country)
SELECT DISTINCT i.location, i.city, i.region, i.country FROM incoming i
 WHERE NOT EXISTS (SELECT FROM dim_location d
                    WHERE (d.location, d.city, d.region, d.country) = (i.location, i.city, i.region, i.country))
ON CONFLICT DO NOTHING;

-- name: add_jobs
-- Builds the jobs $1 anew from their open postings and adds them to the aggregates; retract_jobs comes before.
WITH job AS (
  INSERT INTO fact_job
  SELECT * FROM job_of_postings WHERE job_id = ANY ($1::uuid[])
  RETURNING skill_ids, annual_usd
), of_skill AS (
  INSERT INTO agg_skill AS a (skill_id, jobs, salaried_jobs, salary_sum)
  SELECT skill_id, count(*), count(annual_usd), coalesce(sum(annual_usd), 0)
    FROM job, unnest(skill_ids) AS skill_id GROUP BY skill_id
  ON CONFLICT (skill_id) DO UPDATE
     SET jobs = a.jobs + excluded.jobs, salaried_jobs = a.salaried_jobs + excluded.salaried_jobs,
         salary_sum = a.salary_sum + excluded.salary_sum
)
UPDATE agg_total t
   SET jobs = t.jobs + n.jobs, salaried_jobs = t.salaried_jobs + n.salaried_jobs, salary_sum = t.salary_sum + n.salary_sum
  FROM (SELECT count(*) AS jobs, count(annual_usd) AS salaried_jobs, coalesce(sum(annual_usd), 0) AS salary_sum
          FROM job) n;

-- name: advance_load
-- Moves the cursor, only from where it was read; locks it until the end of the transaction. $3: whether the feed had
-- nothing more.
UPDATE load_state
   SET cursor = $2,
       caught_up_time = CASE WHEN $3::boolean THEN now() ELSE caught_up_time END
 WHERE cursor = $1;

-- name: apply_postings
-- Stores the postings $1 that are newer than what is stored; answers the jobs they belong or belonged to.
WITH incoming AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb)
    AS x(posting_id uuid, version bigint, job_id uuid, source text, title text, company text, location text, city text,
         region text, country text, skills text[], seniority text, employment_type text, remote_mode text,
         salary_min numeric, salary_max numeric, salary_currency text, salary_period text, annual_usd numeric,
         experience_years numeric, posted_time timestamptz, open boolean)
), before AS (
  SELECT f.job_id FROM fact_posting f JOIN incoming i USING (posting_id) WHERE f.version < i.version
), written AS (
  INSERT INTO fact_posting AS f
  SELECT i.posting_id, i.version, i.job_id, i.source, i.title, c.company_id, l.location_id,
         -- One probe of the index a skill: a join would read the whole dimension for every posting.
         ARRAY(SELECT DISTINCT (SELECT s.skill_id FROM dim_skill s WHERE s.name = lower(named.name))
                 FROM unnest(i.skills) AS named(name)),
         i.seniority, i.employment_type, i.remote_mode, i.salary_min, i.salary_max, i.salary_currency, i.salary_period,
         round(i.annual_usd, 2), i.experience_years, i.posted_time, i.open
    FROM incoming i
    JOIN dim_company c ON c.name = i.company
    JOIN dim_location l ON (l.location, l.city, l.region, l.country) = (i.location, i.city, i.region, i.country)
  ON CONFLICT (posting_id) DO UPDATE
     SET version = excluded.version, job_id = excluded.job_id, source = excluded.source, title = excluded.title,
         company_id = excluded.company_id, location_id = excluded.location_id, skill_ids = excluded.skill_ids,
         seniority = excluded.seniority, employment_type = excluded.employment_type,
         remote_mode = excluded.remote_mode, salary_min = excluded.salary_min, salary_max = excluded.salary_max,
         salary_currency = excluded.salary_currency, salary_period = excluded.salary_period,
         annual_usd = excluded.annual_usd, experience_years = excluded.experience_years,
         posted_time = excluded.posted_time, open = excluded.open
   WHERE f.version < excluded.version
  RETURNING f.job_id
)
SELECT job_id FROM before UNION SELECT job_id FROM written;

-- name: clear_warehouse
TRUNCATE fact_posting, fact_job, agg_skill, dim_skill, dim_company, dim_location;

-- name: compare_jobs
-- The next $2 jobs behind $1, by id: those that are stored and those that postings tell of, and whether the two differ.
WITH part AS MATERIALIZED (
  SELECT job_id
    FROM ((SELECT DISTINCT job_id FROM fact_posting WHERE job_id > $1::uuid ORDER BY job_id LIMIT $2)
          UNION
          (SELECT job_id FROM fact_job WHERE job_id > $1::uuid ORDER BY job_id LIMIT $2)) AS known
   ORDER BY job_id LIMIT $2
)
SELECT p.job_id, ROW(stored.*) IS DISTINCT FROM ROW(told.*) AS wrong
  FROM part p
  LEFT JOIN fact_job stored ON stored.job_id = p.job_id
  LEFT JOIN LATERAL (SELECT * FROM job_of_postings j WHERE j.job_id = p.job_id) AS told ON true
 ORDER BY p.job_id;

-- name: count_jobs
SELECT count(*) AS jobs FROM fact_job;

-- name: delete_postings
DELETE FROM fact_posting WHERE posting_id = ANY ($1::uuid[]) RETURNING job_id;

-- name: lease_load
-- Takes or keeps the right to load.
UPDATE load_state SET holder = $1, lease_end_time = now() + make_interval(secs => $2)
 WHERE holder = $1 OR lease_end_time < now()
RETURNING cursor;

-- name: load_state
SELECT revision, extract(epoch FROM now() - caught_up_time) AS staleness_seconds FROM load_state;

-- name: lock_load
-- Nothing is loaded until the end of the transaction.
SELECT FROM load_state FOR UPDATE;

-- name: raise_revision
UPDATE load_state SET revision = revision + 1;

-- name: recompute_sums
-- Comes back with how many sums were wrong.
WITH skill AS MATERIALIZED (
  SELECT skill_id, count(*)::int AS jobs, count(annual_usd)::int AS salaried_jobs,
         coalesce(sum(annual_usd), 0) AS salary_sum
    FROM fact_job, unnest(skill_ids) AS skill_id GROUP BY skill_id
), of_skill AS (
  INSERT INTO agg_skill AS a (skill_id, jobs, salaried_jobs, salary_sum) SELECT * FROM skill
  ON CONFLICT (skill_id) DO UPDATE
     SET jobs = excluded.jobs, salaried_jobs = excluded.salaried_jobs, salary_sum = excluded.salary_sum
   WHERE (a.jobs, a.salaried_jobs, a.salary_sum) <> (excluded.jobs, excluded.salaried_jobs, excluded.salary_sum)
  RETURNING 1
), of_none AS (
  UPDATE agg_skill a SET jobs = 0, salaried_jobs = 0, salary_sum = 0
   WHERE (a.jobs, a.salaried_jobs, a.salary_sum) <> (0, 0, 0)
     AND NOT EXISTS (SELECT FROM skill s WHERE s.skill_id = a.skill_id)
  RETURNING 1
), total AS (
  UPDATE agg_total t SET jobs = n.jobs, salaried_jobs = n.salaried_jobs, salary_sum = n.salary_sum
    FROM (SELECT count(*)::int AS jobs, count(annual_usd)::int AS salaried_jobs,
                 coalesce(sum(annual_usd), 0) AS salary_sum FROM fact_job) AS n
   WHERE (t.jobs, t.salaried_jobs, t.salary_sum) <> (n.jobs, n.salaried_jobs, n.salary_sum)
  RETURNING 1
)
SELECT (SELECT count(*) FROM of_skill) + (SELECT count(*) FROM of_none) + (SELECT count(*) FROM total) AS corrected;

-- name: release_load
UPDATE load_state SET lease_end_time = '-infinity' WHERE holder = $1;

-- name: reset_load
UPDATE load_state SET cursor = '', revision = revision + 1;

-- name: reset_total
UPDATE agg_total SET jobs = 0, salaried_jobs = 0, salary_sum = 0;

-- name: retract_jobs
-- Takes the jobs $1 out of the aggregates and forgets them.
WITH job AS (
  DELETE FROM fact_job WHERE job_id = ANY ($1::uuid[]) RETURNING skill_ids, annual_usd
), of_skill AS (
  UPDATE agg_skill a
     SET jobs = a.jobs - n.jobs, salaried_jobs = a.salaried_jobs - n.salaried_jobs,
         salary_sum = a.salary_sum - n.salary_sum
    FROM (SELECT skill_id, count(*) AS jobs, count(annual_usd) AS salaried_jobs,
                 coalesce(sum(annual_usd), 0) AS salary_sum
            FROM job, unnest(skill_ids) AS skill_id GROUP BY skill_id) n
   WHERE a.skill_id = n.skill_id
)
UPDATE agg_total t
   SET jobs = t.jobs - n.jobs, salaried_jobs = t.salaried_jobs - n.salaried_jobs, salary_sum = t.salary_sum - n.salary_sum
  FROM (SELECT count(*) AS jobs, count(annual_usd) AS salaried_jobs, coalesce(sum(annual_usd), 0) AS salary_sum
          FROM job) n;
