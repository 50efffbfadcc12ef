// Fastify + pg-boss: a submission is a job in PostgreSQL, accepted when its insertion is committed.
import PgBoss from 'pg-boss';
import { serve } from './http.mjs';

const queue = 'submissions';
// One process maintains and schedules, so that those that answer do nothing else.
const boss = async (options) => {
  const made = new PgBoss({ host: process.env.PGHOST, user: 'bench', database: 'boss', schedule: false, ...options });
  made.on('error', console.error);
  return made.start();
};
await serve({
  prepare: async () => (await boss({ max: 2 })).createQueue(queue),
  connect: async () => {
    const jobs = await boss({ max: 10, supervise: false, migrate: false });
    return async (submission) => ({ submission_id: await jobs.send(queue, submission) });
  },
});
