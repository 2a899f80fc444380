DROP TABLE agg_total, agg_skill, fact_job, fact_posting, dim_location, dim_company, dim_skill, load_state;
DROP FUNCTION words_of(text);
