// What the web app tells of what a person opens, in a real browser before the real server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { lacks, openPage, signIn, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';

const skip = lacks();
let app;
before(async () => { if (!skip) app = await startApp(); }, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await app.browser.closeTabs();
  await deed();
});
const rows = () => execFileSync('psql', ['-X', '-At', '-h', path.join(app.server.data, 'pg/sock'), '-U', 'bw', '-d', 'bellwether', '-c',
  'select kind || coalesce(\' \' || page, \'\') from activities order by occurred_at, kind desc'], { encoding: 'utf8', timeout: 30_000 }).trim().split('\n').filter(Boolean);
/** Signed in since the first check. */
const entered = (page) => page.getByRole('button', { name: 'Sign out', exact: true }).waitFor({ state: 'attached' });
/** As when a person turns to another tab; what a page notes once it is drawn (an effect, after the frame) is noted by then. */
const hide = (page) => page.evaluate(async () => {
  await new Promise((drawn) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn, 50))); });
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
});

check('views and openings are told when the page is hidden', async () => {
  const page = await openPage(app), sent = [];
  page.on('request', (request) => { if (request.url().endsWith('/v1/activity')) sent.push(request.postDataJSON()); });
  await signIn(page, 'ada');
  await page.getByRole('link', { name: 'Assignments', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Assignments' }).waitFor();
  await page.getByRole('main').getByRole('link').first().click();
  await eventually('an assignment is open', () => /\/app\/assignments\/asg_/.test(page.url()));
  await eventually('its page shows', async () => (await page.getByRole('heading', { level: 1 }).textContent()) !== 'Assignments');
  assert.equal(sent.length, 0, 'nothing is sent while the page shows');
  await hide(page);
  await eventually('it is recorded', () => rows().length === 4);
  assert.deepEqual(rows(), ['page_viewed today', 'page_viewed assignments', 'page_viewed assignment', 'assignment_opened']);
  assert.equal(sent.length, 1);
  page.clean();
});

check('who asks not to be followed is not', async () => {
  const before = rows().length, page = await app.context.newPage(), sent = [];
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'doNotTrack', { configurable: true, get: () => '1' }); });
  page.on('request', (request) => { if (request.url().endsWith('/v1/activity')) sent.push(request); });
  await page.goto(`${app.origin()}/app/today`);
  await entered(page);
  await page.getByRole('link', { name: 'Assignments', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Assignments' }).waitFor();
  await hide(page);
  await page.close();
  assert.equal(sent.length, 0);
  assert.equal(rows().length, before);
});

check('a server that takes none spoils no page', async () => {
  const page = await openPage(app);
  let asked = 0;
  await page.route('**/v1/activity', (route) => { ++asked; return route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '1' }, body: JSON.stringify({ type: 'urn:bellwether:problem:storage_full', title: 'full', status: 503, code: 'storage_full', detail: 'full', retryable: true, request_id: 'r' }) }); });
  await entered(page);
  await hide(page);
  await eventually('it was refused', () => asked === 1);
  await page.getByRole('link', { name: 'Assignments', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Assignments' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  page.clean();
});
