DROP TRIGGER site_job_mirror_update ON task;
DROP FUNCTION site_job_mirror_task();
DROP TABLE site_job_item;
DROP TABLE site_item;
DROP TABLE site_job;
