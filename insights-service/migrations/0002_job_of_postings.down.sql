DROP VIEW job_of_postings;
