DROP TRIGGER named_job_mirror_update ON task;
DROP FUNCTION named_job_mirror_task();
DROP TABLE named_job;
