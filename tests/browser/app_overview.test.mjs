// The operator's overview and the reports of storms (web/app/src/pages/operator) in a real browser before the real server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { lacks, look } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { startOperator } from './operator.mjs';

const skip = lacks();
const reports = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-storms-'));
let app;
before(async () => { if (!skip) app = await startOperator(['--storm-reports', reports]); }, { timeout: 180_000 });
after(async () => { await app?.stop(); fs.rmSync(reports, { recursive: true }); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await app.browser.closeTabs();
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
  await page.getByText('accepts work').waitFor();
  await eventually('it is asked for again by itself', () => asked >= 3);
  await page.getByRole('button', { name: 'What “Waiting jobs” means' }).focus();
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
  await page.getByText('Show as a table').first().click();
  await page.getByRole('table', { name: 'Waiting in each lane' }).waitFor();
  await page.getByText('Show as a table').first().click();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
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
  await page.getByText('accepts no work').waitFor();
  await page.getByText('the journal is full', { exact: true }).waitFor();
  const waiting = page.locator('.glance .figure', { hasText: 'Waiting jobs' }).locator('dd');
  assert.equal(await waiting.textContent(), 'not known: the database does not answer');
  assert.equal(await page.locator('.glance .figure', { hasText: 'Not recorded yet' }).locator('dd').textContent(), 'not known: the journal cannot be read');
  const cell = page.getByRole('table', { name: 'Lanes' }).getByRole('row').nth(1).getByRole('cell').nth(3);
  assert.equal(await cell.textContent(), 'not known');
  assert.equal(await cell.locator('[title]').getAttribute('title'), 'the lane does not say');
  await page.locator('.figure.bad', { hasText: 'Full' }).waitFor();
  assert.match(await page.getByRole('img', { name: /^Jobs/ }).getAttribute('aria-label'), /Waiting: not known/);
  await page.getByLabel('Language').selectOption('ar'); // reasons that are known are said in it, others are marked as English
  await page.locator('.glance dd', { hasText: 'غير معروف: قاعدة البيانات لا تجيب' }).first().waitFor();
  assert.equal(await page.locator('.said.bad [lang=en][dir=ltr]').textContent(), 'the journal is full');
  await page.getByLabel('اللغة').selectOption('en');
  await page.unroute('**/v1/operator/overview');
  await page.route('**/v1/operator/overview', (route) => route.abort());
  await page.getByText(/^As of .* The server does not answer/).waitFor(); // what was known stays, with its age
  assert.equal(await waiting.textContent(), 'not known: the database does not answer');
});

check('operators read it in a language that is written from right to left', async () => {
  const page = await app.enter('/app/operator');
  await page.getByText('accepts work').waitFor();
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('heading', { name: 'نظرة عامة' }).waitFor();
  await page.getByRole('button', { name: 'إيقاف مؤقت', exact: true }).click();
  await page.getByRole('img', { name: /^المنتظر في كل مسار/ }).locator('canvas').waitFor();
  await look(page, 'operator-overview-ar');
  page.clean();
  await page.evaluate(() => localStorage.clear());
});

/** As a storm keeps it; twice as slow where `slower` is 2. */
function keepReport(storm, started_at, ok, slower) {
  const seconds = Array.from({ length: 60 }, (_, second) => second), bell = (second) => Math.exp(-((second - 30) ** 2) / 200);
  const lines = (of) => Object.entries(of).map(([name, value]) => ({ name, values: seconds.map(value) }));
  fs.writeFileSync(path.join(reports, `${storm}-${started_at.replace(/[-:.]/g, '')}.json`), JSON.stringify({
    storm, started_at, users: 5000, ok, acknowledged: ok ? 5000 : 4993, refresh: { count: 4500, p99_us: 10496 * slower },
    plots: [
      { title: 'Requests a second', unit: '', logarithmic: false, lines: lines({ sent: (at) => Math.round(600 * bell(at)), acknowledged: (at) => (at > 40 && at < 44 ? null : Math.round(590 * bell(at - 1))) }) },
      { title: 'How long they waited', unit: 'ms', logarithmic: true, lines: lines({ p50: (at) => slower * (2 + at / 30), p99: (at) => slower * 12 * (1 + 4 * bell(at)) }) },
    ],
    marks: [{ second: 30, what: 'the bell' }, { second: 41, what: 'the server was killed' }],
  }));
}

check('kept reports of storms are drawn, and two of them compared; a damaged one says why', async () => {
  const page = await app.enter('/app/operator/storms');
  await page.getByText(/^not known: no report was kept/).waitFor();
  keepReport('deadline', '2026-11-28T09:00:00.000Z', false, 2);
  keepReport('deadline', '2026-11-29T09:00:00.000Z', true, 1);
  fs.writeFileSync(path.join(reports, 'signin-20261127T090000000Z.json'), '{"storm":"sig');
  await page.getByRole('link', { name: 'Operator log' }).click();
  await page.getByRole('link', { name: 'Storm reports' }).click();
  await page.getByText(/^Damaged: /).waitFor();
  await look(page, 'operator-storms');
  await page.getByRole('row', { name: /deadline 5,000 yes/ }).getByRole('link').click();
  await page.getByText('All checks passed.').waitFor();
  const waited = page.getByRole('img', { name: /^How long they waited/ });
  assert.match(await waited.getAttribute('aria-label'), /p99: 12\.\d* ms to 60 ms, .* at the end/);
  await waited.locator('canvas').waitFor();
  await page.getByText('At second 41: the server was killed').waitFor();
  await page.getByText('Show as a table').first().click();
  const second = page.getByRole('table', { name: 'Requests a second' }).getByRole('row').nth(43); // of what was not measured
  assert.equal((await second.getByRole('cell').allTextContents()).join(' '), '42 292 not known');
  await page.getByText('Show as a table').first().click();
  await page.getByRole('button', { name: 'What “refresh.p99_us” means' }).click();
  await page.locator(':popover-open').getByText('Renewing a session, from when it was meant to the answer. 99 of 100 took at most this long.').waitFor();
  assert.equal(await page.locator(':popover-open').getByRole('link').getAttribute('href'), '/docs#schema-StormReport');
  await page.keyboard.press('Escape');
  await look(page, 'operator-storm');

  await page.getByRole('navigation', { name: 'Operator' }).getByRole('link', { name: 'Storm reports' }).click();
  const compare = page.getByRole('button', { name: 'Compare these two' });
  assert.equal(await compare.getAttribute('aria-disabled'), 'true');
  for (const day of ['28', '29']) await page.getByRole('checkbox', { name: new RegExp(`deadline-202611${day}`) }).check();
  await compare.click();
  await page.getByText('Second:').waitFor();
  const row = page.getByRole('table', { name: 'Figures' }).getByRole('row', { name: /refresh\.p99_us/ });
  assert.deepEqual((await row.getByRole('cell').allTextContents()).slice(1), ['20,992', '10,496', '-50%']);
  await look(page, 'operator-storms-two');
  page.clean();
});
