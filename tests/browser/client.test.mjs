// The client library (web/client) in a real browser before the real server: the network is cut and answers are lost, and everything counts once.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { eventually } from './bellwether.mjs';
import { startClient } from './client_page.mjs';

let on, server, browser;
before(async () => {
  on = await startClient();
  ({ server, browser } = on ?? {});
}, { timeout: 180_000 });
after(async () => { await on?.stop(); }, { timeout: 60_000 });
beforeEach(async () => { await on?.closeTabs(); });

const openTab = () => on.openTab(), signIn = (page) => on.signIn(page);
const entries = (page) => page.evaluate(() => client.outbox.entries());
const anAssignment = (page) => page.evaluate(async () => {
  const { body } = await client.session.send({ method: 'GET', path: '/v1/assignments' });
  return body.data.find(({ kind }) => kind === 'text').assignment_id;
});
const last = async (page, state) => eventually(`the last is ${state}`, async () => { const found = (await entries(page)).at(-1); return found?.state === state && found; });

test('work is kept without a network, outlives the tab, and is recorded when there is one', { timeout: 90_000 }, async () => {
  const first = await openTab();
  await signIn(first.page);
  const assignment = await anAssignment(first.page);
  assert.equal(await first.page.evaluate(() => document.cookie), '', 'no script reads the tokens');
  await browser.context.route('**/v1/submissions', (route) => route.abort());
  await first.page.evaluate((id) => client.outbox.add(id, { text: 'written in a tunnel' }), assignment);
  const kept = await eventually('it was tried', async () => { const [one] = await entries(first.page); return one?.attempts > 0 && one; });
  assert.equal(kept.state, 'kept');
  await first.page.close();
  await browser.context.unroute('**/v1/submissions');
  const second = await openTab();
  const recorded = await last(second.page, 'recorded');
  assert.equal(recorded.key, kept.key);
  assert.equal(recorded.receipt.idempotency_key, kept.key);
  assert.equal(recorded.proven, true, 'its receipt was verified here');
});

test('an answer that was lost is asked for again, and counts once', { timeout: 90_000 }, async () => {
  const { page, asked } = await openTab();
  await signIn(page);
  const assignment = await anAssignment(page);
  let lost = 0;
  await browser.context.route('**/v1/submissions', async (route) => {
    if (lost++ > 0) return route.continue();
    const request = route.request(), { status } = await server.request(on.slug, 'POST', '/v1/submissions', { headers: { ...await request.allHeaders(), Host: new URL(request.url()).host }, body: request.postData() });
    assert.equal(status, 202, 'the server has it');
    return route.abort();
  });
  await page.evaluate((id) => client.outbox.add(id, { text: 'sent into the void' }), assignment);
  const recorded = await last(page, 'recorded');
  await browser.context.unroute('**/v1/submissions');
  assert.equal(asked.filter((what) => what === 'POST /v1/submissions').length, 2);
  const own = await page.evaluate(async (id) => (await client.session.send({ method: 'GET', path: `/v1/assignments/${id}/submissions` })).body.data, assignment);
  assert.equal(own.filter(({ submission_id: id }) => id === recorded.submission_id).length, 1);
});

test('of several tabs one refreshes, and one sends', { timeout: 90_000 }, async () => {
  const tabs = [await openTab(), await openTab(), await openTab()];
  await signIn(tabs[0].page);
  const seen = await tabs[1].page.evaluate(() => client.session.info.expires_at);
  await Promise.all(tabs.map(({ page }) => page.evaluate((at) => client.session.renew(at), seen)));
  const all = tabs.flatMap(({ asked }) => asked);
  assert.equal(all.filter((what) => what === 'POST /v1/sessions/refresh').length, 1);
  for (const { page } of tabs) assert.notEqual(await page.evaluate(() => client.session.info.expires_at), seen);
  const assignment = await anAssignment(tabs[0].page);
  await tabs[0].page.evaluate((id) => client.outbox.add(id, { text: 'from one of three' }), assignment);
  await Promise.all(tabs.map(({ page }) => page.evaluate(() => client.outbox.flush())));
  await last(tabs[2].page, 'recorded');
  assert.equal(tabs.flatMap(({ asked }) => asked).filter((what) => what === 'POST /v1/submissions').length, 1);
});

test('signing out ends it in every tab, and the clock of the server is known', { timeout: 60_000 }, async () => {
  const tabs = [await openTab(), await openTab()];
  await signIn(tabs[0].page);
  assert.ok(Math.abs(await tabs[0].page.evaluate(() => client.transport.clock.offset)) < 1500);
  await tabs[1].page.evaluate(() => { window.heard = new Promise((done) => { client.session.onChange((state) => { if (state === 'signed_out') done(state); }); }); });
  await tabs[0].page.evaluate(() => client.session.signOut());
  assert.equal(await tabs[1].page.evaluate(() => window.heard), 'signed_out');
  await assert.rejects(tabs[1].page.evaluate(() => client.session.send({ method: 'GET', path: '/v1/me' })), /token|sign/i);
});
