import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { receiptVerifier, Transport, verifyReceipt } from '../dist/index.js';
import { server } from './fakes.mjs';

const { cases } = JSON.parse(fs.readFileSync(new URL('../../../tests/vectors/receipts.json', import.meta.url), 'utf8'));
const good = cases.find(({ name }) => name === 'the last group');

test('a good receipt holds, another key set or a changed receipt does not', async () => {
  const keys = JSON.stringify(good.keys);
  assert.equal((await verifyReceipt(good.receipt, keys, null)).holds, true);
  assert.equal((await verifyReceipt(good.receipt, '{"keys":[]}', null)).holds, false);
  assert.equal((await verifyReceipt({ ...good.receipt, received_at: '2026-11-18T11:06:40.028Z' }, keys, null)).holds, false);
  assert.equal((await verifyReceipt(good.receipt, keys, new TextEncoder().encode('other work'))).holds, false);
});

test('keys are fetched once, and again for a new one', async () => {
  const told = server([{ body: { keys: [] } }, { body: good.keys }]);
  const verify = receiptVerifier(new Transport({ fetch: told.fetch }));
  const work = { answers: {} };
  assert.equal(await verify(good.receipt, work), false, 'the first set was fetched just now');
  assert.equal(await verify(good.receipt, work), true);
  assert.equal(await verify(good.receipt, work), true);
  assert.equal(told.asked.length, 2);
});
