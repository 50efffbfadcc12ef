// The operator's overview (web/app/src/pages/operator/overview.tsx) in a real browser before the real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { startOperator } from './operator.mjs';

const skip = lacks();
let app;
before(async () => { if (!skip) app = await startOperator(); }, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  for (const page of app.context.pages().slice(1)) await page.close();
  await deed();
});

/** The overview as the server says it, changed on the way by `change`. */
const changed = (change) => async (route) => {
  const answer = await route.fetch(), body = await answer.json();
  change(body);
  await route.fulfill({ response: answer, json: body });
};
const silent = (figure, why) => Object.assign(figure, { value: null, missing: why });

check('the overview says what each figure means, by keyboard, and stands still when it is held', async () => {
  let asked = 0;
  const page = await app.enter('/app/operator', (one) => one.on('request', (request) => { asked += request.url().endsWith('/v1/operator/overview') ? 1 : 0; }));
  await page.getByText('takes work').waitFor();
  await eventually('it is asked for again by itself', () => asked >= 3);
  await page.getByRole('button', { name: 'What “Jobs that wait” means' }).focus();
  await page.keyboard.press('Enter');
  await page.locator(':popover-open').getByText('Due by now, of all institutions').waitFor();
  await page.locator(':popover-open').getByText('bellwether_jobs_available').waitFor();
  assert.match(await page.locator(':popover-open').getByRole('link').getAttribute('href'), /^\/docs#schema-OverviewJobs$/);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator(':popover-open').count(), 0);
  const figures = await page.locator('.figure').count(), meanings = await page.locator('.figure .meaning').count();
  assert.ok(figures > 40 && figures === meanings, `${figures} figures, ${meanings} with a meaning`);
  for (const table of ['Lanes', 'By kind']) assert.ok(await page.getByRole('table', { name: table }).locator('th.number').count() === await page.getByRole('table', { name: table }).locator('th.number .meaning').count());

  const plot = page.getByRole('img', { name: /^Waiting in each lane/ });
  await plot.locator('canvas').waitFor();
  const lane = page.getByRole('button', { name: 'api', exact: true }).first();
  await lane.click();
  assert.equal(await lane.getAttribute('aria-pressed'), 'false');
  await page.getByText('The same as a table').first().click();
  await page.getByRole('table', { name: 'Waiting in each lane' }).waitFor();
  await page.getByText('The same as a table').first().click();
  await page.getByRole('button', { name: 'Hold' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  await lane.click();
  await look(page, 'operator-overview');
  page.clean();
});

check('what is missing is said to be missing, and why: never 0', async () => {
  const page = await app.enter('/app/operator', (one) => one.route('**/v1/operator/overview', changed((body) => {
    for (const figure of Object.values(body.jobs)) if (figure && 'missing' in figure) silent(figure, 'the database does not answer');
    silent(body.recorder.behind, 'the journal cannot be read');
    silent(body.lanes[0].queued, 'the lane does not say');
    Object.assign(body, { ready: false, not_ready_because: 'the journal is full' });
    body.journal.full.value = true;
  })));
  await page.getByText('takes no work').waitFor();
  await page.getByText('the journal is full', { exact: true }).waitFor();
  const waiting = page.locator('.glance .figure', { hasText: 'Jobs that wait' }).locator('dd');
  assert.equal(await waiting.textContent(), 'not known: the database does not answer');
  assert.equal(await page.locator('.glance .figure', { hasText: 'Not recorded yet' }).locator('dd').textContent(), 'not known: the journal cannot be read');
  const cell = page.getByRole('table', { name: 'Lanes' }).getByRole('row').nth(1).getByRole('cell').nth(3);
  assert.equal(await cell.textContent(), 'not known');
  assert.equal(await cell.locator('[title]').getAttribute('title'), 'the lane does not say');
  await page.locator('.figure.bad', { hasText: 'Full' }).waitFor();
  assert.match(await page.getByRole('img', { name: /^Jobs/ }).getAttribute('aria-label'), /Waiting: not known/);
  await page.unroute('**/v1/operator/overview');
  await page.route('**/v1/operator/overview', (route) => route.abort());
  await page.getByText(/^As of .* The server does not answer/).waitFor(); // what was known stays, with its age
  assert.equal(await waiting.textContent(), 'not known: the database does not answer');
});

check('operators read it in a language that is written from right to left', async () => {
  const page = await app.enter('/app/operator');
  await page.getByText('takes work').waitFor();
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('heading', { name: 'نظرة عامة' }).waitFor();
  await page.getByRole('button', { name: 'تثبيت' }).click();
  await page.getByRole('img', { name: /^المنتظر في كل مسار/ }).locator('canvas').waitFor();
  await look(page, 'operator-overview-ar');
  page.clean();
  await page.evaluate(() => localStorage.clear());
});
