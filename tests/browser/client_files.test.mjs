// Files handed in by the client library (web/client) in a real browser before the real server: the line is cut and slow, tabs are reloaded and closed,
// answers are lost, the device is full; every byte comes once, and what was declared in time counts.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { eventually } from './bellwether.mjs';
import { startClient } from './client_page.mjs';

let on, grace, assignment, seed = 0;
const mib = 1 << 20;

before(async () => {
  on = await startClient();
  if (!on) return;
  grace = await on.as('grace');
  for (const { assignment_id: id } of (await (await on.as('ada'))('GET', '/v1/assignments')).body.data) {
    const { headers } = await grace('GET', `/v1/assignments/${id}`);
    const set = headers.etag && await grace('PATCH', `/v1/assignments/${id}`, { kind: 'file', due_at: new Date(Date.now() + 3_600_000).toISOString(), attempts_limit: null }, { 'If-Match': headers.etag });
    if (set?.status === 200) assignment = id;
  }
  assert.ok(assignment, 'somebody is asked for files');
}, { timeout: 180_000 });
after(async () => { await on?.stop(); }, { timeout: 60_000 });
beforeEach(async () => {
  if (!on) return;
  await on.closeTabs();
  Object.assign(on.line, { cuts: [], cut: 0, sent: 0, rate: 0, lose: undefined });
});

async function openTab(signedIn = true) {
  const tab = await on.openTab();
  if (!signedIn) await on.signIn(tab.page);
  await begin(tab.page);
  return tab;
}
const begin = (page) => page.evaluate(async () => {
  client.files = await client.library.openFiles(client.session, client.outbox, client.transport.clock);
  window.states = new Set();
  client.files.onChange((all) => { for (const { state, sent, size } of all) states.add(`${state} ${Math.floor((10 * sent) / size)}`); });
});
/** Hands in files of so many bytes each, the same ones for the same number; the key of the entry, and the hashes. */
async function handIn(page, ...sizes) {
  const own = ++seed, contents = sizes.map((size, i) => crypto.createHash('sha256').update(`${own} ${i} ${size}`).digest('latin1'));
  const key = await page.evaluate(async ([id, bytes, lengths]) => {
    const made = lengths.map((length, i) => new File([bytes[i].repeat(Math.ceil(length / bytes[i].length)).slice(0, length)], 'work.txt', { type: 'text/plain' }));
    return (await client.files.add(id, made)).key;
  }, [assignment, contents.map((one) => Buffer.from(one, 'latin1').toString('hex')), sizes]);
  const hashes = contents.map((one, i) => { const text = Buffer.from(one, 'latin1').toString('hex'); return crypto.createHash('sha256').update(text.repeat(Math.ceil(sizes[i] / 64)).slice(0, sizes[i])).digest('hex'); });
  return { key, hashes };
}
const filesOf = (page, key) => page.evaluate(async (entry) => (await client.files.files()).filter((file) => file.entry === entry), key);
const entryOf = (page, key) => page.evaluate(async (own) => (await client.outbox.entries()).find((entry) => entry.key === own), key);
/** Bound, dropped here, and as the teacher sees it. */
async function comesWhole(page, { key, hashes }) {
  const entry = await eventually('its files are bound', async () => { const one = await entryOf(page, key); return one?.files_bound && one.state === 'recorded' && one; }, 60_000)
    .catch(async (error) => { throw new Error(JSON.stringify([await filesOf(page, key), await entryOf(page, key)]), { cause: error }); });
  assert.equal(entry.proven, true, 'the receipt was verified, over what was declared');
  const { body } = await grace('GET', `/v1/submissions/${entry.submission_id}`);
  assert.deepEqual([body.state, body.late, body.files_complete, body.files.map(({ sha256 }) => sha256)], ['recorded', false, true, hashes]);
  assert.equal(await page.evaluate(async (own) => {
    const opening = indexedDB.open('bellwether.files.bytes');
    await new Promise((done) => { opening.onsuccess = done; });
    const keys = opening.result.transaction('rows').objectStore('rows').getAllKeys();
    await new Promise((done) => { keys.onsuccess = done; });
    opening.result.close();
    return keys.result.filter((one) => one.startsWith(own)).length;
  }, key), 0, 'nothing stays on the device');
  return entry;
}
const goes = (page, key, least) => eventually('it goes', async () => { const [file] = await filesOf(page, key); return file?.state === 'uploading' && file.sent >= least && file; }, 30_000);
const count = (tabs, what) => tabs.flatMap(({ asked }) => asked).filter((one) => one.startsWith(what)).length;

// First: a browser remembers for a while how much room an origin has.
test('a device without room says so, and nothing of it stays', { timeout: 60_000 }, async () => {
  const devtools = await on.browser.context.newCDPSession(on.browser.context.pages()[0]);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: on.origin, quotaSize: 40 * mib });
  const tab = await openTab(false);
  const error = await tab.page.evaluate(async (id) => client.files.add(id, [new File(['small'], 'small.txt'), new File(['x'.repeat(64 << 20)], 'large.txt')])
    .catch(({ name, code, message }) => ({ name, code, message })), assignment);
  assert.deepEqual([error.name, error.code], ['ApiError', 'device_full'], JSON.stringify(error));
  assert.deepEqual(await tab.page.evaluate(async () => [(await client.outbox.entries()).length, (await client.files.files()).length]), [0, 0]);
  await comesWhole(tab.page, await handIn(tab.page, 4000));
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: on.origin });
});

test('handed in first, then sent; the network is cut midway, again and again, and what had come is not sent again', { timeout: 120_000 }, async () => {
  const tab = await openTab(false);
  on.line.cuts = [3 * mib, 4 * mib, 5 * mib];
  const work = await handIn(tab.page, 16 * mib, 1000);
  await comesWhole(tab.page, work);
  assert.equal(on.line.cut, 3, 'the line was as bad as it should have been');
  const large = tab.sends.filter(({ to }) => to === tab.sends[0].to).map(({ from }) => from);
  assert.ok(large.every((from, i) => i === 0 || from > large[i - 1]), `sent from ${large}`);
  const order = tab.asked.filter((what) => /^POST/.test(what));
  assert.deepEqual(order.slice(0, 3), ['POST /v1/sessions', 'POST /v1/submissions', 'POST /v1/uploads']);
  const states = await tab.page.evaluate(() => [...states]);
  for (const state of ['kept 0', 'uploading 0', 'bound 10']) assert.ok(states.includes(state), `${state} among ${states}`);
});

test('a reload midway goes on where it was', { timeout: 120_000 }, async () => {
  const tab = await openTab(false);
  on.line.rate = 3 * mib;
  const work = await handIn(tab.page, 12 * mib);
  await goes(tab.page, work.key, 2.2 * mib); // in the second piece
  const before = tab.sends.length;
  await tab.page.reload();
  on.line.rate = 0;
  await on.begin(tab.page);
  await begin(tab.page);
  await comesWhole(tab.page, work);
  assert.equal(count([tab], 'POST /v1/uploads'), 1);
  assert.ok(tab.sends[before]?.from >= 2 * mib, JSON.stringify(tab.sends));
});

test('of two tabs one sends; it is closed midway, and the other goes on', { timeout: 120_000 }, async () => {
  const tabs = [await openTab(false), await openTab()];
  on.line.rate = 1.5 * mib;
  const work = await handIn(tabs[0].page, 6 * mib);
  const shown = await goes(tabs[1].page, work.key, mib);
  assert.ok(shown.sent < 6 * mib, 'the other tab shows how far it is');
  const sender = tabs.find((tab) => count([tab], 'PATCH /v1/uploads') > 0), other = tabs.find((tab) => tab !== sender);
  assert.equal(count([other], 'PATCH /v1/uploads'), 0);
  await sender.page.close();
  on.line.rate = 0;
  await comesWhole(other.page, work);
  assert.equal(count(tabs, 'POST /v1/uploads'), 1);
});

test('answers that are lost: to the declaration, of the beginning, and of the end', { timeout: 120_000 }, async () => {
  const tab = await openTab(false);
  for (const [what, times] of [[/^POST \/v1\/submissions /, 1], [/^POST \/v1\/uploads /, 2], [/^PATCH /, 1]]) {
    const before = count([tab], 'POST /v1/uploads') + count([tab], 'PATCH');
    on.line.lose = what;
    await comesWhole(tab.page, await handIn(tab.page, 200_000));
    assert.equal(on.line.lose, undefined, `the answer to ${what} was lost`);
    assert.ok(count([tab], 'POST /v1/uploads') + count([tab], 'PATCH') - before <= times + 1, 'the server was asked what it has');
  }
});

test('without a network it is kept, and outlives the tab', { timeout: 120_000 }, async () => {
  const tab = await openTab(false);
  await on.browser.context.setOffline(true);
  const work = await handIn(tab.page, 300_000);
  await eventually('it was tried', async () => (await entryOf(tab.page, work.key)).attempts > 0);
  assert.deepEqual((await filesOf(tab.page, work.key)).map(({ state }) => state), ['kept']);
  await tab.page.close();
  await on.browser.context.setOffline(false);
  await comesWhole((await openTab()).page, work);
});

test('a token that ends midway is renewed', { timeout: 120_000 }, async () => {
  const tab = await openTab(false);
  await on.browser.context.route('**/v1/uploads', async (route) => {
    await on.browser.context.clearCookies({ name: 'bw_access' });
    await route.continue();
    await on.browser.context.unroute('**/v1/uploads');
  });
  const work = await handIn(tab.page, 300_000);
  await comesWhole(tab.page, work);
  assert.equal(count([tab], 'POST /v1/sessions/refresh'), 1);
});

test('what files need is not loaded before somebody has some', { timeout: 60_000 }, async () => {
  const tab = await on.openTab(), loaded = () => tab.page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/client/')).map(({ decodedBodySize }) => decodedBodySize));
  const first = await loaded();
  await begin(tab.page);
  assert.ok((await loaded()).length > first.length, 'it came later');
});
