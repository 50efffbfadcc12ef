// What the peers have in common: Fastify on PORT in WORKERS processes, and the route that takes a submission in. What
// becomes of it is each peer's own. Tokens are not verified and no receipt is made: the peers are spared what Bellwether does.
import cluster from 'node:cluster';
import Fastify from 'fastify';

const body = {
  type: 'object',
  required: ['assignment_id', 'text'],
  properties: { assignment_id: { type: 'string' }, text: { type: 'string' } },
};
const response = { 202: { type: 'object', properties: { submission_id: { type: 'string' }, attempt: { type: 'integer' } } } };

/// `prepare()` runs once, in the first process; `add_routes(app)` once in each worker.
export async function run({ prepare, add_routes }) {
  const workers = Number(process.env.WORKERS ?? 2);
  if (cluster.isPrimary) {
    await prepare?.();
    for (let i = 0; i < workers; ++i) cluster.fork();
    cluster.on('exit', (worker, code) => {
      console.error(`a worker has ended (${code})`);
      process.exit(1);
    });
    return;
  }
  const app = Fastify({ logger: false, bodyLimit: 1 << 20 });
  app.get('/livez', async () => 'ok');
  await add_routes(app);
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT), backlog: 4096 });
}

/// `connect()` resolves to `accept({ key, token, ...body })`, which resolves when the submission is as durable as this peer makes
/// it, to what is answered.
export const serve = ({ prepare, connect }) =>
  run({
    prepare,
    add_routes: async (app) => {
      const accept = await connect();
      app.post('/v1/submissions', { schema: { body, response } }, async (request, reply) => {
        const key = (request.headers['idempotency-key'] ?? '').replaceAll('"', '');
        const token = (request.headers.authorization ?? '').slice('Bearer '.length);
        if (!key || !token) return reply.code(400).send();
        const { assignment_id, text } = request.body;
        const answer = await accept({ key, token, assignment_id, text });
        return reply.code(answer ? 202 : 403).send(answer ?? undefined);
      });
    },
  });
