-- name: average_experience
SELECT count(experience_years) AS jobs, coalesce(round(avg(experience_years), 2), 0) AS average
  FROM fact_job WHERE title_words @> words_of($1) AND words_of($1) <> '{}';

-- name: average_salary
SELECT salaried_jobs AS jobs, coalesce(round(salary_sum / nullif(salaried_jobs, 0), 2), 0) AS average FROM agg_total;

-- name: average_salary_by_experience
-- $1 ± $2 years.
SELECT count(*) AS jobs, coalesce(round(avg(annual_usd), 2), 0) AS average
  FROM fact_job
 WHERE experience_years BETWEEN $1::numeric - $2::numeric AND $1::numeric + $2::numeric AND annual_usd IS NOT NULL;

-- name: average_salary_by_keywords
SELECT count(annual_usd) AS jobs, coalesce(round(avg(annual_usd), 2), 0) AS average
  FROM fact_job WHERE title_words @> words_of($1) AND words_of($1) <> '{}';

-- name: count_jobs_by_keywords
SELECT count(*) AS jobs FROM fact_job WHERE title_words @> words_of($1) AND words_of($1) <> '{}';

-- name: demand_by_keywords
SELECT s.name, n.jobs
  FROM (SELECT skill_id, count(*) AS jobs
          FROM fact_job j, unnest(j.skill_ids) AS skill_id
         WHERE title_words @> words_of($1) AND words_of($1) <> '{}'
         GROUP BY skill_id) n
  JOIN dim_skill s USING (skill_id)
 ORDER BY n.jobs DESC, s.name;

-- name: list_skills_by_demand
SELECT s.name, a.jobs FROM agg_skill a JOIN dim_skill s USING (skill_id) WHERE a.jobs > 0;

-- name: list_skills_by_salary
-- Of skills with at least $1 jobs that state a salary.
SELECT s.name, round(a.salary_sum / a.salaried_jobs, 2) AS average
  FROM agg_skill a JOIN dim_skill s USING (skill_id) WHERE a.salaried_jobs >= greatest($1::int, 1);
