// Other queues on the same PostgreSQL, in their own fastest way: node task_peers.mjs NAME MODE URL COUNT CONCURRENCY.
// Prints one JSON object. MODE: setup (makes the schema, and COUNT empty tasks), single, batched, latency.
import { performance } from "node:perf_hooks";

const [name, mode, url, countText, concurrencyText] = process.argv.slice(2);
const count = Number(countText);
const concurrency = Number(concurrencyText);

// Until the queue has nothing to write about the task before.
const idle = () => new Promise((resolve) => setTimeout(resolve, 20));
const print = (object) => console.log(JSON.stringify(object));
const percentiles = (times) => {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))];
  return { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: times[times.length - 1] };
};

async function graphile() {
  const { makeWorkerUtils, runOnce, run, Logger } = await import("graphile-worker");
  const logger = new Logger(() => () => {});
  const options = { connectionString: url, logger, concurrency, noHandleSignals: true };
  if (mode === "setup") {
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    await utils.migrate();
    const begin = performance.now();
    for (let done = 0; done < count; done += 1000) {
      await utils.addJobs(Array.from({ length: Math.min(1000, count - done) }, (_, i) => ({ identifier: "empty", payload: { id: i } })));
    }
    print({ seconds: (performance.now() - begin) / 1000 });
    await utils.release();
  } else if (mode === "latency") {
    let started;
    const runner = await run({ ...options, taskList: { empty: () => started() } });
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    const times = [];
    for (let i = 0; i < count; ++i) {
      await idle();
      const arrived = new Promise((resolve) => { started = () => resolve(performance.now()); });
      const begin = performance.now();
      await utils.addJob("empty", { id: i });
      times.push((await arrived) - begin);
    }
    print(percentiles(times));
    await runner.stop();
    await utils.release();
  } else {
    let ran = 0;
    const preset = mode === "batched"
      ? { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0, maxPoolSize: 10 } }
      : { worker: { maxPoolSize: 10 } };
    const begin = Date.now();
    await runOnce({ ...options, preset: { ...preset, worker: { ...preset.worker, connectionString: url, concurrentJobs: concurrency, logger } }, taskList: { empty: () => { ++ran; } } });
    print({ ran, begin, end: Date.now() });
  }
}

async function pgBoss() {
  const { default: PgBoss } = await import("pg-boss");
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, max: 10 });
  await boss.start();
  if (mode === "setup") {
    await boss.createQueue("empty");
    const begin = performance.now();
    for (let done = 0; done < count; done += 1000) {
      await boss.insert(Array.from({ length: Math.min(1000, count - done) }, (_, i) => ({ name: "empty", data: { id: i } })));
    }
    print({ seconds: (performance.now() - begin) / 1000 });
  } else if (mode === "latency") {
    let started;
    await boss.work("empty", { pollingIntervalSeconds: 0.5 }, async () => started());
    const times = [];
    for (let i = 0; i < count; ++i) {
      await idle();
      const arrived = new Promise((resolve) => { started = () => resolve(performance.now()); });
      const begin = performance.now();
      await boss.send("empty", { id: i });
      times.push((await arrived) - begin);
    }
    print(percentiles(times));
  } else {
    const batchSize = mode === "batched" ? 500 : 1;
    let ran = 0;
    const begin = Date.now();
    const loop = async () => {
      for (let jobs; (jobs = await boss.fetch("empty", { batchSize })).length > 0;) {
        ran += jobs.length;
        await boss.complete("empty", jobs.map((job) => job.id));
      }
    };
    await Promise.all(Array.from({ length: mode === "batched" ? 4 : Math.min(concurrency, 10) }, loop));
    print({ ran, begin, end: Date.now() });
  }
  await boss.stop({ graceful: false, timeout: 1000 });
}

await { graphile, "pg-boss": pgBoss }[name]();
process.exit(0);
