// The client library (web/client) in a real browser before the real server: the network is cut and answers are lost, and everything counts once.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { eventually, startBrowser, startServer } from './bellwether.mjs';

const root = path.resolve(import.meta.dirname, '../../web/client');
const [slug, username, password] = ['north-hill', 'ada', 'bell-at-nine'];
let server, browser, origin;

before(async () => {
  if (!fs.existsSync(path.join(root, 'node_modules/typescript'))) return console.error('SKIPPED: no typescript (cd web/client && npm ci)');
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  server = await startServer(process.env.BW_BINARY);
  browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
  origin = server.origin(slug);
  // The library is no page of the server's: it comes from the build, under the server's own origin.
  await browser.context.route(`${origin}/client/**`, (route) =>
    route.fulfill({ path: path.join(root, 'dist', new URL(route.request().url()).pathname.slice('/client/'.length)), contentType: 'text/javascript' }));
  await browser.context.route(`${origin}/blank`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>client</title>' }));
}, { timeout: 180_000 });
after(async () => { try { await browser?.stop(); } finally { await server?.stop(); } }, { timeout: 60_000 });

/** A tab with a client in `window.client`; everything it asked for in `asked`. */
async function openTab() {
  const page = await browser.context.newPage();
  const asked = [];
  page.on('request', (request) => { if (request.url().includes('/v1/')) asked.push(`${request.method()} ${new URL(request.url()).pathname}`); });
  await page.goto(`${origin}/blank`);
  await page.evaluate(async () => {
    const library = await import('/client/index.js');
    const transport = new library.Transport();
    const session = new library.Session(transport, await library.sharedSession());
    const outbox = new library.Outbox(session, await library.entryStore(), transport.clock, { verify: library.receiptVerifier(transport) });
    window.client = { library, transport, session, outbox };
  });
  return { page, asked };
}
const signIn = (page) => page.evaluate(([who, what]) => client.session.signIn(who, what), [username, password]);
const entries = (page) => page.evaluate(() => client.outbox.entries());
const anAssignment = (page) => page.evaluate(async () => {
  const { body } = await client.session.send({ method: 'GET', path: '/v1/assignments' });
  return body.data.find(({ kind }) => kind === 'text').assignment_id;
});
const last = async (page, state) => eventually(`the last is ${state}`, async () => { const found = (await entries(page)).at(-1); return found?.state === state && found; });

beforeEach(async () => {
  if (!server) return;
  for (const page of browser.context.pages().slice(1)) await page.close();
});

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
    const request = route.request(), { status } = await server.request(slug, 'POST', '/v1/submissions', { headers: await request.allHeaders(), body: request.postData() });
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
