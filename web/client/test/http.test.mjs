import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, RetryBudget, Transport } from '../dist/index.js';
import { problem, server } from './fakes.mjs';

/** A transport whose time passes as it sleeps. */
function over(answers, more = {}) {
  const told = server(answers), slept = [];
  let now = 0;
  const transport = new Transport({ fetch: told.fetch, random: () => 1, now: () => now, sleep: async (ms) => { slept.push(ms); now += ms; }, ...more });
  return { transport, slept, ...told };
}
const get = { method: 'GET', path: '/x' };
const post = { method: 'POST', path: '/x', body: {}, retryForMs: 10_000 };
const keyed = { method: 'POST', path: '/x', body: {}, headers: { 'Idempotency-Key': '"k"' } };
const overloaded = problem(503, 'overloaded', { retryable: true }, { 'Retry-After': '2' });
const unknown = problem(503, 'outcome_unknown', { retryable: true });

// What is asked, what is answered first, and is it asked again?
for (const [what, request, first, again] of [
  ['a read that nobody answered', get, new TypeError('network'), true],
  ['a change that nobody answered', post, new TypeError('network'), false],
  ['a change with a key that nobody answered', keyed, new TypeError('network'), true],
  ['a read that is overloaded', get, overloaded, true],
  ['a change that is overloaded: nothing was done', post, overloaded, true],
  ['a change of unknown outcome', post, unknown, false],
  ['a change of unknown outcome with a key', keyed, unknown, true],
  ['a change and a proxy\'s 502', post, { status: 502 }, false],
  ['a read and a proxy\'s 502', get, { status: 502 }, true],
  ['what is wrong', keyed, problem(422, 'invalid_field', { field: '/x' }), false],
  ['what is not allowed', get, problem(403, 'forbidden'), false],
])
  test(`${what} is ${again ? '' : 'not '}asked again`, async () => {
    const { transport, asked } = over([first, { body: { ok: true } }]);
    const answer = transport.send(request);
    if (again) assert.deepEqual((await answer).body, { ok: true });
    else await assert.rejects(answer, ApiError);
    assert.equal(asked.length, again ? 2 : 1);
  });

test('Retry-After is honoured, and the time for it all is kept', async () => {
  const { transport, slept } = over([overloaded, overloaded, { body: 1 }]);
  await transport.send(get);
  assert.deepEqual(slept, [2250, 2250]);
  const late = over([overloaded, overloaded, overloaded, overloaded]);
  await assert.rejects(late.transport.send({ ...get, retryForMs: 5000 }), (error) => error.code === 'overloaded' && error.retryAfterMs === 2000);
  assert.equal(late.asked.length, 3);
});

test('a spent budget ends it', async () => {
  const { transport, asked } = over([overloaded, overloaded], { budget: new RetryBudget(0) });
  await assert.rejects(transport.send(get), ApiError);
  assert.equal(asked.length, 1);
});

test('a problem is told as it was', async () => {
  const { transport } = over([problem(422, 'invalid_field', { field: '/title' })]);
  await assert.rejects(transport.send(get), (error) => error.status === 422 && error.field === '/title' && error.message === 'it is invalid_field' && !error.retryable);
});

test('whoever gives up is not asked for more', async () => {
  const { transport } = over([overloaded]);
  await assert.rejects(transport.send({ ...get, signal: AbortSignal.abort(new Error('gone')) }), /gone/);
});

test('a browser without AbortSignal.any ends what is to end', async () => {
  const { any } = AbortSignal;
  delete AbortSignal.any;
  try {
    const { anyOf } = await import('../dist/http.js');
    const one = new AbortController(), other = new AbortController(), both = anyOf([one.signal, other.signal]);
    assert.equal(both.aborted, false);
    other.abort('enough');
    one.abort('late');
    assert.deepEqual([both.aborted, both.reason], [true, 'enough']);
    assert.equal(anyOf([new AbortController().signal, other.signal]).reason, 'enough');
    const transport = new Transport({ fetch: async () => new Response('') });
    assert.equal((await transport.once({ method: 'GET', path: '/', signal: new AbortController().signal })).status, 200);
  } finally { AbortSignal.any = any; }
});
