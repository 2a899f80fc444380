"""What a durable queue must survive, in short form; `./jobmesh bench soak` runs the long forms. The numbers are those of
the recipes: R1 kill -9, R2 rescue, R3 frozen workers, R4-R6 faults of the database and of the bell, R12-R20 promises."""

import decimal
import signal
import threading
import time

import pytest

from support.eventually import eventually
from support.task_cluster import Cluster, Proxy, Worker, statements, wait_finished

RESCUED_SECONDS = 25


def effects(cluster) -> tuple[int, int]:
    """How many tasks had their effect, and the most often that one had."""
    return cluster.sql("SELECT count(*), coalesce(max(n), 0) FROM checker.effect")[0]


def begun(cluster) -> int:
    return cluster.value("SELECT count(*) FROM checker.event WHERE event = 'begin'")


def expire(cluster, worker: Worker) -> None:
    """What 20 s without a heartbeat do, at once."""
    cluster.sql("UPDATE task_worker SET lease_end_time = now() - interval '1 s' WHERE worker_id = %s", worker.worker_id)


def skip_first_lease(cluster) -> None:
    """Nothing is rescued in the first lease after the server's start."""
    eventually(lambda: cluster.value("SELECT now() > pg_postmaster_start_time() + interval '21 s'"), 30)


# First what needs nobody rescued, while the first lease of the server goes by.


def test_r05_terminated_sessions_lose_nothing(cluster, workers):
    alive = [workers() for _ in range(2)]
    ids = cluster.enqueue(400, "effect", ms=20)
    for _ in range(10):
        seen = begun(cluster)
        cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'task-%' AND random() < 0.5")
        eventually(lambda seen=seen: begun(cluster) > seen or cluster.all_finished(), 30)
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'task-listener'")
    eventually(lambda: cluster.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'task-listener'") == 2, 4, "they listen again")
    wait_finished(cluster, 60)
    assert all(worker.alive for worker in alive)
    assert effects(cluster) == (len(ids), 1)


def test_r06_silent_bell_delays_nothing_beyond_the_poll(cluster, workers):
    proxy = Proxy(cluster.port)
    workers("default=2", f"listen=postgresql://postgres@127.0.0.1:{proxy.port}/postgres")
    eventually(lambda: proxy.connections >= 1, 20)
    cluster.enqueue(1, "effect")
    wait_finished(cluster, 20)
    proxy.swallows = True
    worst = 0.0
    for _ in range(5):
        cluster.enqueue(1, "effect")
        wait_finished(cluster, 10)
        worst = max(worst, cluster.value("SELECT extract(epoch FROM max(start_time - create_time)) FROM task"))
    print(f"picked up after {worst:.2f} s at worst")
    assert worst <= 1.2 + 0.8  # a second of polling; the rest is a busy machine
    connections = proxy.connections
    eventually(lambda: proxy.connections > connections, 15, "the silent connection is replaced")
    proxy.close()


def test_r13_one_active_task_a_target(cluster):
    answers: list[str] = []
    for round_number in range(10):
        threads = [
            threading.Thread(target=lambda key=f"002/T{round_number}": answers.extend(cluster.enqueue(1, "effect", unique_key=key)))
            for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 100
    assert cluster.value("SELECT count(*) FROM task") == 10


def test_r14_schedule_ticks_once_whoever_leads(cluster, workers):
    spec = '{"place":0,"family":"","operation":"effect","queue":"default","phase":"","priority":0,"delay_ms":0,"max_attempts":5,"retry_base_ms":1000,"on_crash":"requeue","payload":{}}'
    cluster.sql("INSERT INTO task_schedule (schedule, cron, spec) VALUES ('often', '@every 1s', %s)", spec)
    alive = [workers("default=4", "scheduler") for _ in range(3)]
    def ticks() -> int:
        return cluster.value("SELECT count(*) FROM task_tick")
    eventually(lambda: ticks() >= 3, 20)
    leader = cluster.value("SELECT holder FROM task_leader")
    next(worker for worker in alive if worker.worker_id == leader).kill()
    seen = ticks()
    eventually(lambda: ticks() > seen, 15, "another leads")
    leader = cluster.value("SELECT holder FROM task_leader")
    frozen = next(worker for worker in alive if worker.worker_id == leader)
    frozen.freeze()
    seen = ticks()
    eventually(lambda: ticks() > seen, 15, "another leads")
    frozen.wake()
    seen = ticks()
    eventually(lambda: ticks() > seen + 2, 15)
    assert cluster.value("SELECT count(*) FROM task WHERE payload ? 'slot_time'") == cluster.value("SELECT count(DISTINCT payload->>'slot_time') FROM task")
    assert cluster.value("SELECT count(*) FROM task_tick WHERE task_id IS NULL") == 0


def test_r15_drain_costs_no_attempt_and_others_go_on_at_once(cluster, workers):
    ids = cluster.enqueue(40, "hold", ms=400)
    ids += cluster.enqueue(4, "hold", ms=120_000, priority=-1)
    first = workers("default=8")
    eventually(lambda: begun(cluster) >= 8, 20)
    second = workers("default=8")
    took = first.drain()
    print(f"drained in {took:.1f} s")
    assert took <= 3 + 1
    given_back = time.monotonic()
    eventually(lambda: cluster.value("SELECT count(*) FROM task t JOIN task_lease USING (task_id) WHERE priority = -1 AND t.worker_id = %s", second.worker_id) == 4, 20)
    print(f"taken over within {time.monotonic() - given_back:.1f} s")
    assert cluster.value("SELECT max(attempt) FROM task") == 1
    assert cluster.sql("SELECT count(*) FROM task WHERE state IN ('discarded', 'retryable') OR rescues > 0") == [(0,)]
    second.drain()
    assert cluster.value("SELECT count(*) FROM task WHERE state = 'running'") == 0
    assert cluster.value("SELECT max(attempt) FROM task WHERE state = 'available'") == 0


def test_r16_pause_holds_what_is_fresh_and_lets_begun_work_finish(cluster, workers):
    workers("import-build=2,datastore-manager=2")
    for _ in range(3):
        cluster.sql("TRUNCATE checker.event")
        cluster.enqueue(6, "phases", ms=200, queue="import-build")
        eventually(lambda: cluster.value("SELECT count(*) FROM checker.event WHERE event = 'build'") >= 1, 20)
        cluster.sql("INSERT INTO task_maintenance (msg, paused) VALUES ('stop', true)")
        paused = cluster.value("SELECT clock_timestamp()")
        built = "SELECT count(*) FROM task WHERE finish_time IS NULL AND NOT fresh OR state = 'running'"
        eventually(lambda: cluster.value(built) == 0, 20, "what was begun finishes")
        late = cluster.value("SELECT count(*) FROM checker.event WHERE event = 'build' AND time > %s::timestamptz + interval '1 s'", paused)
        assert late == 0
        assert cluster.value("SELECT count(*) FROM task WHERE state = 'available'") > 0
        cluster.sql("INSERT INTO task_maintenance (msg, paused) VALUES ('go', false)")
        wait_finished(cluster, 20)
    assert effects(cluster) == (18, 1)


def test_r17_failing_task_is_tried_by_the_law(cluster, workers):
    workers()
    cluster.enqueue(4, "fail", max_attempts=2, retry_base_ms=1)  # the process has its connections then
    eventually(lambda: cluster.states() == {"discarded": 4}, 30)
    [task] = cluster.enqueue(1, "fail", max_attempts=4, retry_base_ms=500)
    eventually(lambda: cluster.states() == {"discarded": 5}, 30)
    times = [row[0] for row in cluster.sql("SELECT time FROM checker.event WHERE task_id = %s ORDER BY time", task)]
    gaps = [(b - a).total_seconds() for a, b in zip(times, times[1:])]
    for gap, law in zip(gaps, (0.5, 1, 2)):
        assert 0.9 * law <= gap <= 1.1 * law + 0.7, gaps  # a busy machine
    assert len(times) == 4
    assert cluster.value("SELECT count(*) FROM task_dead WHERE task_id = %s", task) == 1


def test_r20_cancel_is_heard_within_two_seconds(cluster, workers):
    [running, waiting] = cluster.enqueue(2, "hold", ms=60_000)
    workers("default=1")
    eventually(lambda: begun(cluster) == 1, 20)
    running, waiting = (row[0] for row in cluster.sql("SELECT task_id FROM task ORDER BY state DESC"))
    cancel = (
        "UPDATE task SET cancel_requested = true WHERE task_id = %s AND state = 'running' RETURNING task_id"  # without a bell
    )
    assert cluster.sql(cancel, running)
    eventually(lambda: cluster.value("SELECT state FROM task WHERE task_id = %s", running) == "cancelled", 2 + 1)
    eventually(lambda: cluster.value("SELECT state FROM task WHERE task_id = %s", waiting) == "running", 10)


# A server past its first lease.


def test_r01_killed_workers_lose_nothing_and_repeat_no_effect(cluster, workers):
    skip_first_lease(cluster)
    ids = cluster.enqueue(600, "effect", ms=20)
    alive = [workers() for _ in range(3)]
    kills = 0
    eventually(lambda: begun(cluster) > 30, 20)
    for victim in (0, 1, 2):
        before = begun(cluster)
        alive[victim].kill()
        kills += 1
        # The lease would run out by itself in 20 s; R2 waits for that.
        expire(cluster, alive[victim])
        alive[victim] = workers()
        eventually(lambda seen=before: begun(cluster) > seen + 40, 30, "work goes on")
    wait_finished(cluster, 60)
    assert cluster.states() == {"completed": len(ids)}
    assert effects(cluster) == (len(ids), 1)
    assert begun(cluster) - len(ids) <= kills * 4


def test_r02_run_of_a_dead_process_starts_elsewhere_within_25_seconds(cluster, workers):
    skip_first_lease(cluster)
    [task] = cluster.enqueue(1, "hold", ms=600_000)
    first = workers()
    eventually(lambda: begun(cluster) == 1, 20)
    workers()
    first.kill()
    killed = time.monotonic()
    eventually(lambda: begun(cluster) == 2, RESCUED_SECONDS, "it is started elsewhere")
    print(f"rescued after {time.monotonic() - killed:.1f} s")
    assert cluster.sql("SELECT state, attempt, rescues FROM task WHERE task_id = %s", task) == [("running", 1, 1)]


def test_r03_frozen_worker_that_wakes_up_changes_nothing(cluster, workers):
    skip_first_lease(cluster)
    frozen = workers("default=50")
    ids = cluster.enqueue(50, "stubborn", ms=1500)
    eventually(lambda: begun(cluster) == 50, 20)
    frozen.freeze()
    expire(cluster, frozen)
    other = workers("default=50")
    eventually(lambda: cluster.states() == {"completed": 50}, 40)
    before = cluster.sql("SELECT task_id, lease_token, worker_id, phase, result, update_time FROM task ORDER BY 1")
    logged = cluster.value("SELECT count(*) FROM task_log WHERE message LIKE 'after%'")
    frozen.wake()
    # It has come to the end of every run of its own.
    eventually(lambda: cluster.value("SELECT count(*) FROM checker.event WHERE event = 'end' AND worker_id = %s", frozen.worker_id) == 50, 30)
    frozen.drain()
    assert cluster.sql("SELECT task_id, lease_token, worker_id, phase, result, update_time FROM task ORDER BY 1") == before
    assert cluster.value("SELECT count(*) FROM task_log WHERE message LIKE 'after%'") == logged == 50
    assert effects(cluster) == (len(ids), 1)
    assert {row[2] for row in before} == {other.worker_id}


def test_r12_limit_of_a_key_is_never_exceeded_nor_idle(cluster, workers):
    skip_first_lease(cluster)
    alive = [workers() for _ in range(4)]
    cluster.enqueue(80, "effect", ms=50)  # the processes have their connections then
    eventually(lambda: cluster.states() == {"completed": 80}, 30)
    cluster.sql("TRUNCATE checker.event, checker.effect")
    cluster.enqueue(40, "effect", ms=30, limit_key="one", max_running=1)
    cluster.enqueue(120, "effect", ms=30, limit_key="three", max_running=3)
    eventually(lambda: begun(cluster) > 20, 20)
    killed = cluster.value("SELECT clock_timestamp()")
    alive[0].kill()
    expire(cluster, alive[0])
    wait_finished(cluster, 60)
    assert effects(cluster) == (160, 1)
    overlaps = cluster.sql("""
        WITH run AS (
          SELECT t.limit_key, e.lease_token, e.task_id, min(e.time) AS low, max(e.time) FILTER (WHERE e.event = 'end') AS high
            FROM checker.event e JOIN task t ON t.task_id = e.task_id::uuid GROUP BY 1, 2, 3)
        SELECT a.limit_key, max(n) FROM (
          SELECT a.limit_key, a.task_id, count(*) AS n FROM run a JOIN run b ON b.limit_key = a.limit_key
             AND b.low <= a.low AND b.high > a.low WHERE a.high IS NOT NULL GROUP BY 1, 2) AS a GROUP BY 1""")
    assert dict(overlaps)["one"] == 1 and dict(overlaps)["three"] <= 3
    gaps = cluster.sql("""
        SELECT gap, key, after_kill FROM (
          SELECT t.limit_key AS key, extract(epoch FROM e.time - %s::timestamptz)::float8 AS after_kill,
                 extract(epoch FROM e.time - lag(e.time) OVER (PARTITION BY t.limit_key ORDER BY e.time))::float8 AS gap
            FROM checker.event e JOIN task t ON t.task_id = e.task_id::uuid) AS g
         WHERE gap IS NOT NULL ORDER BY gap DESC LIMIT 5""", killed)
    # The dead worker held a place until it was found dead.
    assert all(gap <= 2 + 1 or 0 < after_kill < 8 for gap, _, after_kill in gaps), gaps  # a second for a busy machine


def test_r18_task_that_kills_its_process_is_given_up_after_three(cluster, workers):
    skip_first_lease(cluster)
    [poison] = cluster.enqueue(1, "abort")
    others = cluster.enqueue(20, "effect", ms=10)
    for death in range(1, 4):
        worker = workers()
        eventually(lambda worker=worker: not worker.alive, 20)
        assert worker.process.returncode == -signal.SIGABRT
        expire(cluster, worker)
        helper = workers("nothing=1")  # keeps the queue, and takes nothing of it
        eventually(lambda death=death: cluster.value("SELECT rescues FROM task WHERE task_id = %s", poison) == death, 15)
        helper.close()
    workers()
    wait_finished(cluster, 30)
    assert cluster.states() == {"completed": len(others), "discarded": 1}
    assert effects(cluster) == (len(others), 1)


# Servers that crash, and servers of their own.


def test_r04_crashing_database_loses_no_acknowledged_task(cluster, workers):
    alive = [workers() for _ in range(2)]
    acknowledged: list[str] = []
    for _ in range(3):
        acknowledged += cluster.enqueue(100, "effect", ms=5)
        cluster.crash_and_restart()
    acknowledged += cluster.enqueue(100, "effect", ms=5)
    # Runs whose claim was answered by nobody are given back by their own worker after a few seconds.
    wait_finished(cluster, 60)
    assert all(worker.alive for worker in alive)
    assert cluster.value("SELECT count(*) FROM task WHERE state = 'completed' AND task_id = ANY (%s::uuid[])", acknowledged) == len(acknowledged)
    assert effects(cluster) == (len(acknowledged), 1)


def test_r04_claim_that_a_crash_undoes_leaves_a_run_without_a_lease():
    """Claims do not wait for the disk. A sequence that the crash sets back must not give a token a second time, and what the
    lost run says must count for nothing."""
    cluster = Cluster("wal_writer_delay=10s")  # nothing is written behind our back
    try:
        cluster.enqueue(45, "effect")
        statement, undone = statements(), 0
        tokens: dict[str, set[int]] = {}
        runs: list[tuple[str, int]] = []
        for _ in range(3):
            connection = cluster.connect()
            with connection.cursor() as cursor:
                cursor.execute(f"PREPARE claim AS {statement['claim_tasks']}")
                for _ in range(45):  # a sequence writes itself down every 32 numbers
                    cursor.execute("EXECUTE claim ('default', 'w1', 1)")
                    columns = [column.name for column in cursor.description]
                    for row in cursor.fetchall():
                        run = dict(zip(columns, row))
                        assert run["lease_token"] not in tokens.setdefault(run["task_id"], set())
                        tokens[run["task_id"]].add(run["lease_token"])
                        runs.append((run["task_id"], run["lease_token"]))
            cluster.crash_and_restart()
            undone += cluster.value("SELECT count(*) FROM task WHERE state = 'available'")
        assert undone > 0, "no crash undid a claim: nothing was tested"
        held = set(cluster.sql("SELECT task_id, lease_token FROM task WHERE state = 'running'"))
        stale = [run for run in runs if run not in held]
        complete = f"PREPARE complete AS {statement['complete_tasks']}"
        connection = cluster.connect()
        with connection.cursor() as cursor:
            cursor.execute(complete)
            cursor.execute("EXECUTE complete (%s::uuid[], %s::bigint[], NULL)", ([run[0] for run in stale], [run[1] for run in stale]))
            assert not cursor.fetchall()
        assert "completed" not in cluster.states()
    finally:
        cluster.close()


@pytest.mark.parametrize("clock", ["+3600s", "-3600s"])
def test_r19_clocks_of_processes_decide_nothing(clock):
    """The database's clock is an hour off, or all others are: it comes to the same."""
    cluster = Cluster(clock=clock)
    worker = Worker(cluster, "default=4")
    try:
        assert abs(abs(cluster.value("SELECT extract(epoch FROM now())") - decimal.Decimal(time.time())) - 3600) < 60
        ids = cluster.enqueue(20, "effect", delay_ms=2000)
        ids += cluster.enqueue(20, "effect", ms=5)
        wait_finished(cluster, 30)
        assert effects(cluster) == (len(ids), 1)
        assert cluster.value("SELECT min(extract(epoch FROM start_time - run_time)) FROM task") >= 0
        assert cluster.value("SELECT max(extract(epoch FROM start_time - run_time)) FROM task") <= 2
    finally:
        worker.close()
        cluster.close()
