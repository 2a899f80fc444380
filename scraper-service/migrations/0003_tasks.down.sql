DROP FUNCTION task_limit_of, task_maintenance_paused, task_unqueue, task_settle;
DROP TABLE task_tick, task_schedule, task_leader, task_idempotency, task_maintenance, task_queue, task_dead, task_worker,
  task_lease, task_key, task_slot, task_limit, task_blocked, task_delayed, task_ready, task_log, task;
DROP FUNCTION task_drop_partition, task_make_partition, task_id_floor, task_new_id;
DROP SEQUENCE task_log_seq, task_lease_token_seq, task_id_seq;
