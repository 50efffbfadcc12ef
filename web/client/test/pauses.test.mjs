import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseBefore, RetryBudget, retryAfter, ServerClock } from '../dist/index.js';

test('pauses double, jitter whole, and never come before what the server asked for', () => {
  assert.deepEqual([1, 2, 3, 20].map((attempt) => pauseBefore(attempt, undefined, () => 1)), [500, 1000, 2000, 30_000]);
  assert.equal(pauseBefore(5, undefined, () => 0), 0);
  assert.equal(pauseBefore(1, 4000, () => 0), 4000);
  assert.equal(pauseBefore(9, 4000, () => 1), 4400);
  assert.equal(pauseBefore(1, 1000, () => 1), 1250);
});

test('retries are paid for by answers', () => {
  const budget = new RetryBudget(2, 0.5);
  assert.deepEqual([budget.take(), budget.take(), budget.take()], [true, true, false]);
  budget.good();
  assert.equal(budget.take(), false);
  budget.good();
  assert.equal(budget.take(), true);
});

test('Retry-After is seconds or a date', () => {
  assert.equal(retryAfter('3', 0), 3000);
  assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:09 GMT', 4000), 5000);
  assert.equal(retryAfter('Thu, 01 Jan 1970 00:00:01 GMT', 4000), 0);
  for (const rubbish of [null, '', 'soon', '-3', '1.5']) assert.equal(retryAfter(rubbish, 0), undefined, rubbish);
});

test('many seconds bound the clock closely, and a clock that was set begins anew', () => {
  let device = 1_000_000;
  const clock = new ServerClock(() => device);
  assert.equal(clock.now(), device);
  assert.equal(clock.error, undefined);
  const truth = 12_345.6; // server minus device
  for (let i = 0; i < 40; ++i) {
    const sent = device + i * 137, received = sent + 20, at = sent + 10 + truth;
    clock.learn(sent, received, new Date(Math.floor(at / 1000) * 1000).toUTCString());
  }
  assert.ok(Math.abs(clock.offset - truth) <= clock.error, `${clock.offset} ± ${clock.error}`);
  assert.ok(clock.error < 100, `${clock.error}`);
  device += 3_600_000;
  clock.learn(device, device + 10, new Date(2_000_000).toUTCString());
  assert.ok(Math.abs(clock.now() - 2_000_500) < 600);
  clock.learn(device, device - 1, new Date(0).toUTCString());
  clock.learn(device, device, 'rubbish');
  assert.ok(Math.abs(clock.now() - 2_000_500) < 600);
});
