// Fastify + BullMQ: a submission is a job in Redis, accepted when Redis has answered; how durable that is says its
// appendfsync. The idempotency key is the job's id, so a retry is no second job.
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { serve } from './http.mjs';

await serve({
  connect: async () => {
    const connection = new Redis({ path: process.env.REDIS_SOCKET });
    const queue = new Queue('submissions', { connection });
    await queue.waitUntilReady();
    return async (submission) => ({ submission_id: (await queue.add('submission', submission, { jobId: submission.key })).id });
  },
});
