// JOBS empty jobs through pg-boss: enqueued in batches of 500, fetched and completed in batches by two workers. Prints jobs a second.
import PgBoss from 'pg-boss';

const jobs = Number(process.env.JOBS), batch = 500, queue = 'empty';
const boss = new PgBoss({ host: process.env.PGHOST, user: process.env.PGUSER, password: process.env.PGPASSWORD, database: process.env.PGDATABASE, max: 6, schedule: false, supervise: false });
boss.on('error', console.error);
await boss.start();
await boss.createQueue(queue);
await boss.purgeQueue(queue);

// fetch and complete by hand: work() would wait its polling interval (at least 0.5 s) after each batch.
let done = 0;
const work = async () => {
  while (done < jobs) {
    const claimed = await boss.fetch(queue, { batchSize: 1000 });
    if (!claimed.length) { await new Promise((resolve) => setTimeout(resolve, 5)); continue; }
    await boss.complete(queue, claimed.map(({ id }) => id));
    done += claimed.length;
  }
};
const produce = async (from) => {
  for (let i = from; i < jobs / batch; i += 2) await boss.insert(Array.from({ length: batch }, () => ({ name: queue, data: { n: 1 } })));
};
const began = performance.now();
await Promise.all([produce(0), produce(1), work(), work()]);
console.log(jobs / (performance.now() - began) * 1000);
await boss.stop({ graceful: false });
process.exit(0);
