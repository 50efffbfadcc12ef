// JOBS empty jobs through graphile-worker: enqueued in batches of 500, fetched by its own queue in batches, completed in batches. Prints jobs a second.
import { makeWorkerUtils, run } from 'graphile-worker';

const jobs = Number(process.env.JOBS), batch = 500;
const connectionString = `postgres://${process.env.PGUSER}:${process.env.PGPASSWORD}@/${process.env.PGDATABASE}?host=${encodeURIComponent(process.env.PGHOST)}`;
const quiet = { scope: () => quiet, error: console.error, warn() {}, info() {}, debug() {} };
const utils = await makeWorkerUtils({ connectionString, logger: quiet });
await utils.migrate();

let done = 0, finished;
const all = new Promise((resolve) => { finished = resolve; });
const began = performance.now();
const runner = await run({
  connectionString, logger: quiet, concurrency: 24, maxPoolSize: 10, pollInterval: 5, noHandleSignals: true,
  preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0, localQueue: { size: 500 } } },
  taskList: { empty: async () => { if (++done === jobs) finished(); } },
});
const produce = async (from) => {
  for (let i = from; i < jobs / batch; i += 2) await utils.addJobs(Array.from({ length: batch }, () => ({ identifier: 'empty', payload: { n: 1 } })));
};
await Promise.all([produce(0), produce(1), all]);
await runner.stop(); // what is being completed is part of it
console.log(jobs / (performance.now() - began) * 1000);
await utils.release();
process.exit(0);
