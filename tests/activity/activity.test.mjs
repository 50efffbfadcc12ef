// Activities through the real program: what was answered 202 is recorded once, whenever the program is killed and whatever is sent again; and
// what is sent while the database stands still is answered all the same.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, startServer } from '../support/server.mjs';

const north = 'north-hill', password = 'bell-at-nine';
const quota = 6000; // a minute, of one person: more than the first test may send after its last kill, so that nothing here hangs on how fast the machine is
let server, student;

const sql = (text) => execFileSync('psql', ['-X', '-At', '-h', path.join(server.data, 'pg/sock'), '-U', 'bw', '-d', 'bellwether', '-c', text], { encoding: 'utf8', timeout: 30_000 }).trim();
const pidOfServe = () => Number(fs.readFileSync(path.join(server.data, 'run/serve.pid'), 'utf8'));
const send = (activities, headers = student) => server.request(north, 'POST', '/v1/activity', { headers, body: { sent_at: new Date().toISOString(), activities } });
const view = (page = 'today') => ({ id: randomUUID(), kind: 'page_viewed', page, occurred_at: new Date().toISOString() });
const recorded = () => Number(sql('select count(*) from activities'));

before(async () => {
  server = await startServer(process.env.BW_BINARY, ['--activities-per-minute', String(quota)]);
  const answer = await server.request(north, 'POST', '/v1/sessions', { body: { username: 'ada', password } });
  student = { Authorization: `Bearer ${answer.json().access_token}` };
}, { timeout: 120_000 });
after(async () => { await server?.stop(); }, { timeout: 60_000 });

test('kill -9 at any moment: what was acknowledged is recorded, and nothing twice', { timeout: 150_000 }, async () => {
  const acknowledged = new Map(), unknown = new Map();
  for (let round = 0; round < 5; ++round) {
    const first = pidOfServe(), enough = 20 + Math.random() * 100;
    let killed = false, answered = 0;
    const client = async () => {
      while (!killed) {
        const batch = Array.from({ length: 1 + Math.floor(Math.random() * 20) }, () => view());
        const answer = await send(batch).catch(() => ({ status: 0 }));
        assert.ok(answer.status === 202 || answer.status === 0, answer.text);
        for (const one of batch) (answer.status === 202 ? acknowledged : unknown).set(one.id, one);
        if (answer.status !== 202 || ++answered < enough || killed) continue;
        killed = true; // while the others wait for their answers
        process.kill(first, 'SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    await eventually('another process answers', async () => pidOfServe() !== first && (await send([view()])).status === 202, 60_000);
  }
  const others = 5 + unknown.size; // those that looked whether it answers; and what may have been durable
  const everything = [...unknown.values(), ...[...acknowledged.values()].slice(0, 300)];
  for (let i = 0; i < everything.length; i += 200) {
    const answer = await eventually('it is taken', async () => { const one = await send(everything.slice(i, i + 200)); return one.status === 202 && one; }, 60_000);
    assert.equal(answer.json().taken, Math.min(200, everything.length - i));
  }
  await eventually('all is recorded', async () => /bellwether_activity_behind_records 0\n/.test(await server.metrics()), 60_000);
  const there = new Set(sql('select activity_id from activities').split('\n'));
  const lost = [...acknowledged.keys()].filter((id) => !there.has(id));
  assert.equal(lost.length, 0, `${lost.length} of ${acknowledged.size} are lost`);
  assert.ok(acknowledged.size > 500, `only ${acknowledged.size} were acknowledged`);
  assert.ok(recorded() >= acknowledged.size + unknown.size && recorded() <= acknowledged.size + others, `${recorded()} rows of ${acknowledged.size} and ${unknown.size}`);
  assert.equal(recorded(), there.size);
});

test('while the database stands still it is taken, and recorded afterwards', { timeout: 60_000 }, async () => {
  const before = recorded();
  const postmaster = Number(fs.readFileSync(path.join(server.data, 'pg/data/postmaster.pid'), 'utf8').split('\n')[0]);
  const processes = () => [postmaster, ...execFileSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number)];
  const stopped = processes();
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  try {
    for (let i = 0; i < 20; ++i) {
      const began = Date.now(), answer = await send([view(), view('grades')]);
      assert.equal(answer.status, 202, answer.text);
      assert.ok(Date.now() - began < 2000, 'it waited for the database');
    }
  } finally { for (const pid of stopped) process.kill(pid, 'SIGCONT'); }
  await eventually('it is recorded', () => recorded() === before + 40, 30_000);
});

test('who tells what they looked at keeps their first page in memory', { timeout: 30_000 }, async () => {
  const fromMemory = async () => Number(/bellwether_first_pages_total\{from="memory"\} (\d+)/.exec(await server.metrics())[1]);
  const read = async () => { const before = await fromMemory(); await server.request(north, 'GET', '/v1/first-page', { headers: student }); return await fromMemory() > before; };
  await eventually('the page is in memory', read, 30_000);
  assert.equal((await send([view()])).status, 202);
  assert.ok(await read(), 'it was asked from the database again');
});

test('what is wrong is named, and a person has a quota', { timeout: 30_000 }, async () => {
  const wrong = await send([view(), { ...view(), page: 'home' }]);
  assert.equal(wrong.status, 422);
  assert.equal(wrong.json().field, '/activities/1/page');
  assert.equal((await send([view()], {})).status, 401);
  for (let sent = 0; ; sent += 200) {
    const answer = await send(Array.from({ length: 200 }, () => view()));
    if (answer.status === 429) {
      assert.ok(Number(answer.headers['retry-after']) > 0);
      break;
    }
    assert.equal(answer.status, 202, answer.text);
    assert.ok(sent < 2 * quota, 'there is no quota');
  }
});
