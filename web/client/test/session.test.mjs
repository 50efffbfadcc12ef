import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiError, Session, Transport } from '../dist/index.js';
import { problem, server, sharedStore } from './fakes.mjs';

const opened = [];
after(() => opened.forEach((session) => session.close()));
const at = (ms) => new Date(Date.now() + ms).toISOString();
const info = (more = {}) => ({ session_id: 'ses_1', user_id: 'usr_1', tenant_id: 'ten_1', roles: ['student'], renew_at: at(600_000), expires_at: at(900_000), refresh_expires_at: at(9_000_000), ...more });
function tab(answers, store = sharedStore(), { now = Date.now, random = () => 0 } = {}) {
  const told = server(answers);
  const session = new Session(new Transport({ fetch: told.fetch, sleep: async () => {}, now }), store, random);
  opened.push(session);
  return { session, store, ...told };
}

test('a place in the queue is kept by its ticket, and told', async () => {
  const { session, asked } = tab([
    problem(503, 'overloaded', { retryable: true, waiting: { place: 40, estimate_seconds: 4, ticket: 't1' } }, { 'Retry-After': '0' }),
    problem(503, 'overloaded', { retryable: true, waiting: { place: 9, estimate_seconds: 1, ticket: 't2' } }, { 'Retry-After': '0' }),
    { status: 201, body: info() }]);
  const places = [];
  const states = [];
  session.onChange((state) => states.push(state));
  assert.equal(session.state, 'signed_out');
  await session.signIn('ada', 'secret', { onWaiting: ({ place }) => places.push(place), sharedDevice: true });
  assert.deepEqual(places, [40, 9]);
  assert.deepEqual(asked.map(({ headers }) => headers['Admission-Ticket']), [undefined, 't1', 't2']);
  assert.deepEqual(asked[0].body, { username: 'ada', password: 'secret', mode: 'cookie', shared_device: true });
  assert.deepEqual([...new Set(states)], ['signed_in']);
  assert.equal(session.info.user_id, 'usr_1');
});

test('what a person must decide is thrown at once', async () => {
  for (const answer of [problem(401, 'unauthenticated'), problem(401, 'second_factor_required', { second_factor: { challenge: 'c', enrolment: false, expires_in: 300 } }),
    problem(429, 'sign_in_delayed', { retryable: true }, { 'Retry-After': '60' })]) {
    const { session, asked } = tab([answer]);
    await assert.rejects(session.signIn('ada', 'wrong'), (error) => error.code === answer.body.code && error instanceof ApiError);
    assert.equal(asked.length, 1);
  }
});

test('whoever stops waiting is let go', async () => {
  const { session } = tab([problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '30' })]);
  const stop = new AbortController();
  const waiting = session.signIn('ada', 'x', { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 20);
  await assert.rejects(waiting, /enough/);
});

test('of two tabs with an old token one renews, and both go on', async () => {
  const store = sharedStore(info());
  const expired = problem(401, 'token_expired');
  const first = tab([expired, { status: 201, body: info({ expires_at: at(1_800_000) }) }, { body: 1 }], store);
  const second = tab([expired, { body: 2 }], store);
  const answers = await Promise.all([first, second].map(({ session }) => session.send({ method: 'GET', path: '/v1/me' })));
  assert.deepEqual(answers.map(({ body }) => body), [1, 2]);
  assert.deepEqual(first.asked.map(({ url }) => url), ['/v1/me', '/v1/sessions/refresh', '/v1/me']);
  assert.deepEqual(second.asked.map(({ url }) => url), ['/v1/me', '/v1/me']);
});

test('a session that has ended is over in every tab', async () => {
  const store = sharedStore(info());
  const { session } = tab([problem(401, 'token_expired'), problem(401, 'unauthenticated')], store);
  const other = tab([], store);
  const states = [];
  other.session.onChange((state) => states.push(state));
  await assert.rejects(session.send({ method: 'GET', path: '/v1/me' }), (error) => error.status === 401);
  assert.equal(session.state, 'signed_out');
  assert.deepEqual(states, ['signed_out']);
});

test('a refresh that failed for now leaves the session as it is', async () => {
  const store = sharedStore(info());
  const { session } = tab([problem(401, 'token_expired'), problem(503, 'unavailable', { retryable: true })], store);
  await assert.rejects(session.send({ method: 'GET', path: '/v1/me' }), (error) => error.code === 'unavailable');
  assert.equal(session.state, 'signed_in');
});

test('a token is renewed when it says so, without being asked', async () => {
  const store = sharedStore(info({ renew_at: at(30) }));
  const renewed = new Promise((done) => {
    const { session } = tab([() => ({ status: 201, body: info({ renew_at: at(600_000), expires_at: at(1_200_000) }) })], store);
    session.onChange(() => done(session.info.expires_at));
  });
  const was = store.get().expires_at;
  assert.notEqual(await renewed, was);
});

test('signing out is done even when it was over', async () => {
  const { session, asked } = tab([problem(401, 'unauthenticated')], sharedStore(info()));
  await session.signOut();
  assert.equal(session.state, 'signed_out');
  assert.equal(asked[0].method, 'DELETE');
});

test('what one person asked is not asked again as another', async () => {
  const store = sharedStore(info()), other = info({ session_id: 'ses_2', user_id: 'usr_2', expires_at: at(1_900_000) });
  const first = tab([async () => { await store.set(other); return problem(401, 'token_expired'); }], store);
  await assert.rejects(first.session.send({ method: 'POST', path: '/v1/submissions', body: {} }), (error) => error.status === 401);
  assert.equal(first.asked.length, 1);
  await store.set(info());
  const second = tab([async () => { await store.set(other); return problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '0' }); }, { body: 'as another' }], store);
  await assert.rejects(second.session.send({ method: 'GET', path: '/v1/me' }), (error) => error.code === 'overloaded');
  assert.equal(second.asked.length, 1);
});

test('whoever comes from a provider is who the cookies say, and nobody while that is not known', async () => {
  const store = sharedStore(info()), came = info({ session_id: 'ses_2', user_id: 'usr_2', expires_at: at(1_900_000) });
  const { session } = tab([() => { assert.equal(store.get(), undefined); return { status: 201, body: came }; }], store);
  await session.arrive();
  assert.equal(session.info.user_id, 'usr_2');
  const lost = tab([problem(503, 'overloaded', { retryable: true })], sharedStore(info()));
  await assert.rejects(lost.session.arrive());
  assert.equal(lost.session.info, undefined);
});

const pass = (ms = 30) => new Promise((done) => { setTimeout(done, ms); });
const refreshes = (...tabs) => tabs.flatMap(({ asked }) => asked).filter(({ url }) => url === '/v1/sessions/refresh').length;

test('a refresh that failed is asked for by no tab before its time, and everybody is told the same', async () => {
  let now = Date.now();
  const store = sharedStore(info()), old = () => problem(401, 'token_expired'), options = { now: () => now };
  const first = tab([old(), problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '60' }), old()], store, options), second = tab([old()], store, options);
  const busy = (error) => error.code === 'overloaded' && error.retryable && error.retryAfterMs > 0 && error.retryAfterMs <= 60_000;
  for (const { session } of [first, second, first]) {
    await assert.rejects(session.send({ method: 'GET', path: '/v1/me' }), busy);
    now += 1000;
  }
  assert.equal(refreshes(first, second), 1);
  assert.equal(first.session.state, 'signed_in');
  now += 60_000;
  second.answers.push(old(), { status: 201, body: info({ expires_at: at(1_800_000) }) }, { body: 'well' });
  assert.equal((await second.session.send({ method: 'GET', path: '/v1/me' })).body, 'well');
  assert.equal(store.get().failed, undefined);
});

test('a clock that is set back after a refresh failed waits for nothing', async () => {
  let now = Date.now();
  const { session, answers } = tab([problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '3600' })], sharedStore(info()), { now: () => now });
  await assert.rejects(session.renew());
  now -= 60_000;
  answers.push({ status: 201, body: info({ expires_at: at(1_800_000) }) });
  await session.renew();
});

test('the timer heeds Retry-After', async () => {
  const one = tab(Array(20).fill(problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '60' })), sharedStore(info({ renew_at: at(-1000) })));
  await pass(80);
  assert.equal(refreshes(one), 1);
});

test('many requests with an old token are one refresh', async () => {
  const { session, asked } = tab([...Array(3).fill(problem(401, 'token_expired')), { status: 201, body: info({ expires_at: at(1_800_000) }) }, ...Array(3).fill({ body: 1 })], sharedStore(info()));
  await Promise.all([1, 2, 3].map(() => session.send({ method: 'GET', path: '/v1/me' })));
  assert.equal(refreshes({ asked }), 1);
  const late = tab([async () => { await store.set(info({ expires_at: at(1_900_000) })); return problem(401, 'token_expired'); }, { body: 2 }], undefined), store = sharedStore(info());
  late.session.close();
  const again = tab(late.answers, store);
  assert.equal((await again.session.send({ method: 'GET', path: '/v1/me' })).body, 2, 'another tab has renewed while it was away');
  assert.equal(refreshes(again), 0);
});

/** Of a browser in which another tab signs somebody in without the lock, as on a page that may have none. */
test('a late refresh neither brings back who has left nor ends who has come', async () => {
  const other = info({ session_id: 'ses_2', user_id: 'usr_2', expires_at: at(1_900_000) });
  for (const answer of [{ status: 201, body: info({ expires_at: at(1_800_000) }) }, problem(401, 'unauthenticated'), problem(503, 'overloaded', { retryable: true })])
    for (const then of [other, undefined]) {
      const store = sharedStore(info());
      const { session } = tab([async () => { await store.set(then); return answer; }], store);
      await session.renew().catch(() => undefined);
      assert.deepEqual(store.get(), then);
    }
});

test('signing in and out wait for a refresh that is under way', async () => {
  const store = sharedStore(info()), order = [];
  let release;
  const { session, asked } = tab([
    () => new Promise((done) => { release = () => { order.push('refreshed'); done({ status: 201, body: info({ expires_at: at(1_800_000) }) }); }; }),
    () => { order.push('out'); return { status: 204 }; },
    () => { order.push('in'); return { status: 201, body: info({ session_id: 'ses_2', user_id: 'usr_2', expires_at: at(1_900_000) }) }; }], store);
  const all = [session.renew(), session.signOut(), session.signIn('ben', 'x')];
  await pass();
  assert.equal(asked.length, 1);
  release();
  await Promise.all(all);
  assert.deepEqual(order, ['refreshed', 'out', 'in']);
  assert.equal(session.info.user_id, 'usr_2');
});

test('what this tab has not heard of is heard when it asks, and told', async () => {
  const newer = info({ expires_at: at(1_800_000) }), older = info();
  for (const [latest, state] of [[newer, 'signed_in'], [undefined, 'signed_out']]) {
    let heard = older;
    const store = { ...sharedStore(), get: () => heard, latest: async () => latest, async set(next) { heard = next; } };
    const { session, asked } = tab([], store), states = [];
    session.onChange((now) => states.push(now));
    await session.renew();
    assert.deepEqual([session.info?.expires_at, states, asked.length], [latest?.expires_at, [state], 0]);
  }
});

test('a store that cannot be told is not asked in a loop', async () => {
  let reads = 0;
  const store = { ...sharedStore(), get: () => info({ renew_at: at(-1000), expires_at: 'old' }), latest: async () => { ++reads; return info(); }, async set() {} };
  tab([], store, { random: () => 1 });
  await pass(200);
  assert.ok(reads <= 2, `${reads}`);
});

test('signing out is done here though the server does not answer, and it is told later', async () => {
  const store = sharedStore(info());
  const { session, asked } = tab([new TypeError('gone'), new TypeError('gone'), { status: 204 }], store);
  const states = [];
  session.onChange((state) => states.push(state));
  await session.signOut();
  assert.deepEqual([session.state, session.info, states], ['signed_out', undefined, ['signed_out']]);
  for (let i = 0; i < 50 && store.get(); ++i) await pass(10);
  assert.equal(store.get(), undefined);
  assert.deepEqual(asked.map(({ method, url }) => `${method} ${url}`), ['DELETE /v1/sessions/current', 'DELETE /v1/sessions/ses_1', 'DELETE /v1/sessions/ses_1']);
});

test('everywhere needs its answer, and a fault of the server is told', async () => {
  for (const [answers, options] of [[[new TypeError('gone')], { everywhere: true }], [[problem(500, 'internal')], {}]]) {
    const { session } = tab(answers, sharedStore(info()));
    await assert.rejects(session.signOut(options));
    assert.equal(session.state, 'signed_in');
  }
});

test('a token that is over is renewed to sign out with, and a session that is over needs no word', async () => {
  const { session, asked } = tab([problem(401, 'token_expired'), { status: 201, body: info() }, { status: 204 }], sharedStore(info()));
  await session.signOut();
  assert.deepEqual(asked.map(({ method }) => method), ['DELETE', 'POST', 'DELETE']);
  for (const over of [problem(401, 'unauthenticated'), problem(422, 'invalid_field', { field: '/refresh_token' })]) {
    const store = sharedStore(info()), none = tab([problem(401, 'unauthenticated'), over], store);
    await none.session.signOut();
    assert.equal(store.get(), undefined);
  }
});

test('who signs in ends what was still to be ended, and is not ended by it', async () => {
  const store = sharedStore({ ...info(), ended: true }), came = info({ session_id: 'ses_2', user_id: 'usr_2', expires_at: at(1_900_000) });
  const { session, asked } = tab([new TypeError('gone'), { status: 201, body: came }], store, { random: () => 1 });
  const entering = session.signIn('ben', 'x');
  await entering;
  await pass();
  assert.deepEqual(asked.map(({ method, url }) => `${method} ${url}`).slice(-1), ['POST /v1/sessions']);
  assert.ok(asked.every(({ method, url }) => method !== 'DELETE' || url === '/v1/sessions/ses_1'));
  assert.equal(session.info.user_id, 'usr_2');
});

test('cookies that are gone are the end of a session', async () => {
  const { session } = tab([problem(422, 'invalid_field', { field: '/refresh_token' })], sharedStore(info()));
  await assert.rejects(session.renew());
  assert.equal(session.state, 'signed_out');
});

test('a device whose clock is ahead is signed in until the server says what time it is', async () => {
  let now = Date.now() + 90 * 86_400_000;
  const { session } = tab([{ body: 1, headers: { Date: new Date().toUTCString() } }], sharedStore(info({ renew_at: at(600_000) })), { now: () => now });
  assert.equal(session.state, 'signed_in');
  session.close();
  await session.send({ method: 'GET', path: '/v1/me' });
  assert.equal(session.state, 'signed_in');
  now += 9_100_000;
  assert.equal(session.state, 'signed_out', 'and then its end is its end');
});

test('whom the server is to be told of later waits as long as it asks to', async () => {
  const one = tab(Array(20).fill(problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '60' })), sharedStore({ ...info(), ended: true }));
  await pass(80);
  assert.equal(one.asked.length, 1);
});
