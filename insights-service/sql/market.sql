-- name: count_all_jobs
SELECT jobs FROM agg_total;

-- name: count_market_jobs
-- Jobs of a scope: $1 keywords, $2 seniority, $3 country; see salary_distribution.
SELECT count(*) AS jobs
  FROM fact_job
 WHERE ($1 = '' OR (title_words @> words_of($1) AND words_of($1) <> '{}'))
   AND ($2 = '' OR seniority = $2)
   AND ($3 = '' OR location_id IN (SELECT location_id FROM dim_location WHERE country = $3));

-- name: list_market_skills
-- The $4 most demanded skills of a scope: $1 keywords, $2 seniority, $3 country; see salary_distribution.
SELECT s.name, n.jobs, n.salaried_jobs, n.average
  FROM (SELECT skill_id, count(*) AS jobs, count(annual_usd) AS salaried_jobs,
               coalesce(round(avg(annual_usd), 2), 0) AS average
          FROM fact_job j, unnest(j.skill_ids) AS skill_id
         WHERE ($1 = '' OR (title_words @> words_of($1) AND words_of($1) <> '{}'))
           AND ($2 = '' OR seniority = $2)
           AND ($3 = '' OR location_id IN (SELECT location_id FROM dim_location WHERE country = $3))
         GROUP BY skill_id) n
  JOIN dim_skill s USING (skill_id)
 ORDER BY n.jobs DESC, s.name
 LIMIT $4;

-- name: list_skills_of_all_jobs
-- As list_market_skills of everything, from the aggregates.
SELECT s.name, a.jobs, a.salaried_jobs, coalesce(round(a.salary_sum / nullif(a.salaried_jobs, 0), 2), 0) AS average
  FROM agg_skill a JOIN dim_skill s USING (skill_id)
 WHERE a.jobs > 0
 ORDER BY a.jobs DESC, s.name
 LIMIT $1;

-- name: salary_distribution
-- A scope: $1 keywords, $2 skill, $3 seniority, $4 country; '' passes everything. Histogram of ranges of $5 USD; what
-- is at $6 or above shares the last.
WITH job AS MATERIALIZED (
  SELECT annual_usd, posted_time
    FROM fact_job
   WHERE ($1 = '' OR (title_words @> words_of($1) AND words_of($1) <> '{}'))
     AND ($2 = '' OR skill_ids @> ARRAY[coalesce((SELECT skill_id FROM dim_skill WHERE name = lower($2)), 0)])
     AND ($3 = '' OR seniority = $3)
     AND ($4 = '' OR location_id IN (SELECT location_id FROM dim_location WHERE country = $4))
), bucket AS (
  SELECT (floor(least(annual_usd, $6::int) / $5::int) * $5::int)::int AS start, count(*) AS jobs
    FROM job WHERE annual_usd IS NOT NULL GROUP BY 1
), summary AS (
  SELECT count(*) AS jobs, count(annual_usd) AS salaried_jobs, coalesce(round(avg(annual_usd), 2), 0) AS average,
         percentile_cont(ARRAY[0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY annual_usd::float8) AS quantiles,
         min(posted_time) AS first_time, max(posted_time) AS last_time
    FROM job
)
SELECT jobs, salaried_jobs, average, coalesce(round(quantiles[1]::numeric, 2), 0) AS p25,
       coalesce(round(quantiles[2]::numeric, 2), 0) AS median, coalesce(round(quantiles[3]::numeric, 2), 0) AS p75,
       coalesce(round(quantiles[4]::numeric, 2), 0) AS p90, first_time, last_time,
       (SELECT coalesce(array_agg(start ORDER BY start)::text[], '{}') FROM bucket) AS bucket_starts,
       (SELECT coalesce(array_agg(b.jobs ORDER BY start)::text[], '{}') FROM bucket b) AS bucket_jobs
  FROM summary;
