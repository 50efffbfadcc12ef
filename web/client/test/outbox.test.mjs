import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiError, Outbox, Transport } from '../dist/index.js';
import { entryStore, problem, server } from './fakes.mjs';

const opened = [];
after(() => opened.forEach((box) => box.close()));
let keys = 0;
/** A tab of one browser; `user` is who is signed in. */
function tab(answers, store = entryStore(), options = {}) {
  const told = server(answers), who = { user: 'usr_1' };
  const transport = new Transport({ fetch: told.fetch, sleep: async () => {} });
  const heard = new Set();
  const session = { send: (request) => transport.send(request), get info() { return who.user && { user_id: who.user }; }, onChange(listener) { heard.add(listener); return () => heard.delete(listener); } };
  const box = new Outbox(session, store, transport.clock, { random: () => 0, newKey: () => `key-${++keys}`, ...options });
  opened.push(box);
  return { box, store, who, signedIn() { for (const listener of heard) listener('signed_in'); }, ...told };
}
const received = (more = {}) => ({ status: 202, body: { submission_id: 'sub_1', receipt: { signature: 's' }, state: 'received', ...more } });
const recorded = { body: { submission_id: 'sub_1', state: 'recorded', late: false } };
async function until(box, good) {
  for (let i = 0; i < 500; ++i) {
    const entries = await box.entries();
    if (good(entries)) return entries;
    await new Promise((done) => { setTimeout(done, 10); });
  }
  assert.fail(JSON.stringify(await box.entries()));
}

test('what is handed in is kept first, then received with its proof, then recorded', async () => {
  const { box, asked } = tab([received(), recorded], undefined, { verify: async (receipt, work) => receipt.signature === 's' && work.text === 'my essay' });
  const states = [];
  box.onChange((entries) => states.push(entries.map(({ state }) => state).join()));
  const entry = await box.add('asg_1', { text: 'my essay' });
  assert.equal(entry.state, 'kept');
  const [last] = await until(box, ([one]) => one.state === 'recorded');
  assert.deepEqual(states, ['kept', 'received', 'recorded']);
  assert.equal(last.proven, true);
  assert.equal(last.late, false);
  assert.deepEqual(asked[0].body, { assignment_id: 'asg_1', text: 'my essay' });
  assert.equal(asked[0].headers['Idempotency-Key'], `"${entry.key}"`);
});

test('the same key goes again after whatever became of the first attempt', async () => {
  const { box, asked } = tab([new TypeError('network'), problem(503, 'outcome_unknown', { retryable: true }), { status: 502 }, received(), recorded]);
  await box.add('asg_1', { text: 'x' });
  await until(box, ([one]) => one.state === 'recorded');
  assert.equal(new Set(asked.slice(0, 4).map(({ headers }) => headers['Idempotency-Key'])).size, 1);
});

test('it outlives the tab, and two tabs do not send at once', async () => {
  const store = entryStore();
  const before = tab([new TypeError('offline')], store, { random: () => 1 });
  await before.box.add('asg_1', { answers: { q: 'b' } });
  await until(before.box, ([one]) => one.reason === 'outcome_unknown');
  before.box.close();
  const [kept] = await store.all();
  await store.put({ ...kept, next_at: 0 });
  const answers = [received(), recorded];
  const one = tab(answers, store), other = tab(answers, store);
  await until(one.box, ([entry]) => entry.state === 'recorded');
  assert.equal(one.asked.length + other.asked.length, 2);
});

test('what the server will never take is refused, and says why', async () => {
  const { box } = tab([problem(422, 'idempotency_key_reused')]);
  await box.add('asg_1', { text: 'x' });
  const [entry] = await until(box, ([one]) => one.state === 'refused');
  assert.equal(entry.reason, 'idempotency_key_reused');
  await box.forget(entry.key);
  assert.deepEqual(await box.entries(), []);
});

test('signed out nothing is lost, and another person sees nothing of it', async () => {
  const { box, who, signedIn, store, answers } = tab([problem(401, 'unauthenticated')]);
  await box.add('asg_1', { text: 'x' });
  await until(box, ([one]) => one.reason === 'unauthenticated');
  who.user = 'usr_2';
  assert.deepEqual(await box.entries(), []);
  who.user = undefined;
  await assert.rejects(box.add('asg_1', { text: 'y' }), (error) => error instanceof ApiError && error.status === 401);
  who.user = 'usr_1';
  const [kept] = await store.all();
  await store.put({ ...kept, next_at: 0 });
  answers.push(received(), recorded);
  signedIn();
  await until(box, ([one]) => one.state === 'recorded');
});

test('a receipt is not lost to an error behind it', async () => {
  const { box } = tab([received(), problem(404, 'not_found')], undefined, { verify: async () => { throw new Error('no Ed25519 here'); } });
  await box.add('asg_1', { text: 'x' });
  const [entry] = await until(box, ([one]) => one.reason === 'not_found');
  assert.equal(entry.state, 'received');
  assert.equal(entry.proven, undefined);
  await box.forget(entry.key);
  assert.equal((await box.entries()).length, 1, 'what is not judged stays');
});
