import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiError, Session, Transport } from '../dist/index.js';
import { problem, server, sharedStore } from './fakes.mjs';

const opened = [];
after(() => opened.forEach((session) => session.close()));
const at = (ms) => new Date(Date.now() + ms).toISOString();
const info = (more = {}) => ({ session_id: 'ses_1', user_id: 'usr_1', tenant_id: 'ten_1', roles: ['student'], renew_at: at(600_000), expires_at: at(900_000), refresh_expires_at: at(9_000_000), ...more });
function tab(answers, store = sharedStore()) {
  const told = server(answers);
  const session = new Session(new Transport({ fetch: told.fetch, sleep: async () => {} }), store, () => 0);
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
