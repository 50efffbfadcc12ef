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

const pass = (ms = 30) => new Promise((done) => { setTimeout(done, ms); });
const keysOf = (asked) => asked.filter(({ method }) => method === 'POST').map(({ headers }) => headers['Idempotency-Key']);

test('another person who comes while it goes: what waits of the first is not sent as theirs', async () => {
  const on = tab([new TypeError('offline'), new TypeError('offline')], undefined, { random: () => 1 });
  await on.box.add('asg_1', { text: 'one' });
  await on.box.add('asg_2', { text: 'two' });
  await until(on.box, (all) => all.every(({ reason }) => reason === 'outcome_unknown'));
  on.box.close();
  for (const entry of await on.store.all()) await on.store.put({ ...entry, next_at: 0 });
  const next = tab([() => { next.who.user = 'usr_2'; return received(); }], on.store);
  await next.box.flush();
  await pass();
  assert.deepEqual(keysOf(next.asked).length, 1);
  assert.deepEqual((await on.store.all()).map(({ state }) => state), ['received', 'kept']);
});

test('an older attempt is not overtaken by a newer one; other assignments go', async () => {
  let now = 1_000_000;
  const { box, asked, answers } = tab([problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '60' }), received(), recorded], undefined, { now: () => now });
  const old = await box.add('asg_1', { text: 'old' });
  await until(box, ([one]) => one.reason === 'overloaded');
  const fresh = await box.add('asg_1', { text: 'new' }), other = await box.add('asg_2', { text: 'elsewhere' });
  await until(box, (all) => all.some(({ key, state }) => key === other.key && state === 'received'));
  assert.deepEqual(keysOf(asked), [old, other].map(({ key }) => `"${key}"`));
  answers.splice(0, 9, received(), received(), recorded, recorded, recorded);
  now += 120_000;
  await box.flush();
  assert.deepEqual(keysOf(asked).slice(2), [old, fresh].map(({ key }) => `"${key}"`));
});

test('the line is that in which they were handed in, also when the clock is set back meanwhile', async () => {
  let now = 1_000_000, server = 9_000_000;
  const told = tab([], undefined, { now: () => now });
  told.box.close();
  const box = new Outbox({ send: async () => { throw new ApiError(0, 'unreachable', 'no', true); }, info: { user_id: 'usr_1' }, onChange: () => () => {} }, told.store, { now: () => server }, { now: () => now, random: () => 1, newKey: () => `line-${++keys}` });
  opened.push(box);
  const old = await box.add('asg_1', { text: 'old' });
  server = 1_000_000;
  const fresh = await box.add('asg_1', { text: 'new' });
  assert.deepEqual((await box.entries()).map(({ key }) => key), [old.key, fresh.key]);
});

// Whose word is a verdict?
for (const [what, answer, verdict] of [
  ['our 422', problem(422, 'invalid_field'), true], ['our 400', problem(400, 'bad_request'), true], ['our 413', problem(413, 'payload_too_large'), true],
  ['our 415', problem(415, 'unsupported_media_type'), true], ['our 500', problem(500, 'internal'), false], ['our 404', problem(404, 'not_found'), false],
  ['our 409', problem(409, 'conflict'), false], ['our 403', problem(403, 'forbidden'), false], ['our 408', problem(408, 'request_timeout', { retryable: true }), false],
  ...[400, 404, 405, 408, 413, 422].map((status) => [`a stranger's ${status}`, { status, body: { message: 'no' } }, false]),
])
  test(`${what} ${verdict ? 'refuses' : 'waits'}`, async () => {
    const { box } = tab([answer, ...Array(50).fill(new TypeError('gone'))], undefined, { random: () => 1 });
    await box.add('asg_1', { text: 'x' });
    const [entry] = await until(box, ([one]) => one.attempts > 0);
    assert.equal(entry.state, verdict ? 'refused' : 'kept');
    if (!verdict) assert.ok(entry.next_at > Date.now(), 'not at once');
  });

test('an answer without a receipt is none', async () => {
  for (const body of [{}, undefined, { submission_id: 'sub_1' }, { receipt: {} }, { submission_id: 'sub_1', receipt: null }, { submission_id: 1, receipt: {} }]) {
    const { box } = tab([{ status: 200, body }], undefined, { random: () => 1 });
    await box.add('asg_1', { text: 'x' });
    const [entry] = await until(box, ([one]) => one.attempts > 0 || one.state !== 'kept');
    assert.deepEqual([entry.state, entry.reason], ['kept', 'outcome_unknown'], JSON.stringify(body));
  }
});

test('a clock that was ahead and is set right does not make it wait for a day', async () => {
  let now = 90_000_000;
  const { box, answers } = tab([problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '60' })], undefined, { now: () => now });
  await box.add('asg_1', { text: 'x' });
  await until(box, ([one]) => one.reason === 'overloaded');
  answers.push(received(), recorded);
  now = 1_000_000;
  await box.flush();
  assert.notEqual((await box.entries())[0].state, 'kept');
});

test('what a tab leaves that is closed is taken over by an open one', async () => {
  const heard = [], store = { ...entryStore(), onChange: (seen) => { heard.push(seen); return () => undefined; } };
  const open = tab([received(), recorded], store);
  await pass();
  await store.put({ key: 'left', user_id: 'usr_1', assignment_id: 'asg_1', work: { text: 'x' }, kept_at: 1, state: 'kept', attempts: 0, next_at: 0 });
  for (const seen of heard) seen();
  await until(open.box, ([one]) => one.state === 'recorded');
});

test('a store that fails, and a listener, do not stop the sending, and the server is not asked in a loop', async () => {
  const inner = entryStore(), store = { ...inner, async put(entry) { if (entry.state === 'received' && entry.work.text === 'one') throw new Error('gone'); return inner.put(entry); } };
  const { box, asked } = tab([received(), received({ submission_id: 'sub_2' }), ...Array(99).fill(received())], store);
  box.onChange(() => { throw new Error('shown badly'); });
  await inner.put({ key: 'a', user_id: 'usr_1', assignment_id: 'asg_1', work: { text: 'one' }, kept_at: 1, state: 'kept', attempts: 0, next_at: 0 });
  await inner.put({ key: 'b', user_id: 'usr_1', assignment_id: 'asg_2', work: { text: 'two' }, kept_at: 2, state: 'kept', attempts: 0, next_at: 0 });
  await box.flush();
  assert.equal((await box.entries())[1].state, 'received');
  await pass(60);
  assert.ok(asked.length <= 4, `${asked.length}`);
});

test('a reading that fails is tried again', async () => {
  let fails = 0;
  const inner = entryStore();
  await inner.put({ key: 'a', user_id: 'usr_1', assignment_id: 'asg_1', work: { text: 'one' }, kept_at: 1, state: 'kept', attempts: 0, next_at: 0 });
  const store = { ...inner, all: async () => { if (++fails < 3) throw new Error('gone'); return inner.all(); } };
  const timers = globalThis.setTimeout;
  globalThis.setTimeout = (deed, ms) => timers(deed, ms >= 5000 ? 10 : ms);
  try {
    const { box } = tab([received(), recorded], store);
    for (let i = 0; i < 100 && (await inner.all())[0].state !== 'recorded'; ++i) await pass();
    assert.equal((await inner.all())[0].state, 'recorded');
    box.close();
  } finally { globalThis.setTimeout = timers; }
});

test('a recorder that lags is asked ever more seldom', async () => {
  let now = 1_000_000;
  const { box, asked } = tab([received(), ...Array(200).fill({ body: { submission_id: 'sub_1', state: 'received' } })], undefined, { now: () => now, random: () => 1 });
  await box.add('asg_1', { text: 'x' });
  for (const end = now + 3_600_000; now < end; now += 5000) await box.flush();
  assert.ok(asked.length < 25, `${asked.length} in an hour`);
});

test('who leaves takes along what the server has all of, and nothing that is only here or another\'s', async () => {
  const { box, store } = tab([], undefined);
  box.close();
  const row = (key, more) => store.put({ key, user_id: 'usr_1', assignment_id: key, work: { text: 'x' }, kept_at: 1, state: 'recorded', submission_id: 's', attempts: 0, next_at: Infinity, ...more });
  const files = { files: [{ name: 'a', size: 1, media_type: 't/x', sha256: 'f' }] };
  await row('kept', { state: 'kept', submission_id: undefined });
  await row('received', { state: 'received' });
  await row('recorded');
  await row('refused here', { state: 'refused', submission_id: undefined });
  await row('refused there', { state: 'refused' });
  await row('files on their way', { state: 'received', work: files });
  await row('files recorded', { work: files });
  await row('files there', { work: files, files_bound: true });
  await row('another\'s', { user_id: 'usr_2' });
  await box.leave('usr_1');
  assert.deepEqual((await store.all()).map(({ key }) => key), ['kept', 'refused here', 'files on their way', 'files recorded', 'another\'s']);
});

test('another person who comes while the list is read', async () => {
  let left = Infinity;
  const inner = entryStore(), next = tab([], { ...inner, all: async () => { const rows = await inner.all(); if (--left === 0) next.who.user = 'usr_2'; return rows; } });
  await pass();
  await inner.put({ key: 'a', user_id: 'usr_1', assignment_id: 'asg_1', work: { text: 'one' }, kept_at: 1, state: 'kept', attempts: 0, next_at: 0 });
  for (const reads of [1, 2]) {
    [next.who.user, left] = ['usr_1', reads];
    await next.box.flush();
    assert.equal(next.asked.length, 0);
  }
});
