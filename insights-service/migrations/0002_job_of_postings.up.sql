-- Jobs as their open postings tell them: what rows of fact_job must be.
CREATE VIEW job_of_postings AS
SELECT p.job_id,
       words_of(string_agg(p.title, ' ')) AS title_words,
       (SELECT coalesce(array_agg(DISTINCT skill_id), '{}')
          FROM fact_posting o, unnest(o.skill_ids) AS skill_id WHERE o.job_id = p.job_id AND o.open) AS skill_ids,
       (array_agg(p.location_id ORDER BY p.posted_time, p.posting_id))[1] AS location_id,
       (array_agg(p.company_id ORDER BY p.posted_time, p.posting_id))[1] AS company_id,
       (array_agg(p.seniority ORDER BY p.posted_time, p.posting_id) FILTER (WHERE p.seniority IS NOT NULL))[1] AS seniority,
       round(avg(p.annual_usd), 2) AS annual_usd,
       avg(p.experience_years) AS experience_years,
       min(p.posted_time) AS posted_time
  FROM fact_posting p
 WHERE p.open
 GROUP BY p.job_id;
