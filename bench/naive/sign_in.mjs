// The sign-in that a bell breaks: the user's row is read, the password checked against bcrypt, and a session row, the last sign-in
// and the institution's counter are written in one transaction on the primary. Each later request reads its session there.
// Written as one writes it first, with what a review would ask for: a pool, keys, no connection held while it hashes.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import bcrypt from 'bcrypt';
import pg from 'pg';
import { run } from '../peers/http.mjs';

const options = { host: process.env.PGHOST, user: 'bench', database: 'naive', max: 10 };
const cost = 10; // what bcrypt's documentation begins with
const body = {
  type: 'object',
  required: ['username', 'password'],
  properties: { username: { type: 'string' }, password: { type: 'string' } },
};

await run({ prepare: enroll, add_routes });

/// Tables, and the people of the storm's plan, all with the storm's password.
async function enroll() {
  const client = new pg.Client(options);
  await client.connect();
  await client.query(readFileSync(new URL('sign_in.sql', import.meta.url), 'utf8'));
  const people = readFileSync(process.env.PLAN, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
  const hash = await bcrypt.hash(process.env.PASSWORD, cost);
  const hosts = people.map((person) => person.host);
  await client.query('insert into institutions select distinct unnest($1::text[])', [hosts]);
  await client.query('insert into users (host, username, password_hash) select *, $3 from unnest($1::text[], $2::text[])',
    [hosts, people.map((person) => person.username), hash]);
  await client.query('analyze');
  await client.end();
}

async function add_routes(app) {
  const pool = new pg.Pool(options);

  app.post('/v1/sessions', { schema: { body } }, async (request, reply) => {
    const { username, password } = request.body;
    const { rows: [user] } = await pool.query('select user_id, password_hash from users where host = $1 and username = $2',
      [request.headers.host, username]);
    if (!user || !(await bcrypt.compare(password, user.password_hash))) return reply.code(401).send();
    const token = randomBytes(32).toString('base64url');
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query("insert into sessions (token, user_id, expires_at) values ($1, $2, now() + interval '8 hours')", [token, user.user_id]);
      await client.query('update users set last_login = now() where user_id = $1', [user.user_id]);
      await client.query('update institutions set sign_ins = sign_ins + 1 where host = $1', [request.headers.host]);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
    return reply.code(201).send({ access_token: token });
  });

  app.get('/v1/sessions/current', async (request, reply) => {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    const { rows: [session] } = await pool.query(
      'select u.user_id, u.username from sessions s join users u using (user_id) where s.token = $1 and s.expires_at > now()', [token]);
    return session ?? reply.code(401).send();
  });
}
