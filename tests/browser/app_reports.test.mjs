// Reports for teachers and administrators (web/app/src/pages/reports) in a real browser, before the real server and its report process.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { emptied } from './app_people.mjs';
import { knownReport } from './known_reports.mjs';
import { reportsOf } from './reports.mjs';
import { demoClass, essay, toast } from './school.mjs';

const skip = lacks();
let app, reports, klass, first;
before(async () => {
  if (skip) return;
  app = await startApp([], { reports: true });
  reports = reportsOf(app);
  klass = await demoClass(app.server);
  first = klass.assignments.find(({ due_at }) => Date.parse(due_at) > Date.now() + 3_600_000);
  await klass.handIn(first.assignment_id, [0, 1, 2], (number) => ({ text: essay(number) }));
  await heard();
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const heard = () => reports.heard(klass.teacher, klass.section_id);
let who;
const check = (name, deed) => test(name, { timeout: 120_000, skip }, async () => {
  await app.browser.closeTabs();
  await deed();
});
/** As somebody who stays signed in until another comes. */
async function open(username, at) {
  if (who !== username) await emptied(app);
  const page = await openPage(app, at);
  if (who !== username) await signIn(page, username);
  who = username;
  return page;
}
/** With reports of which all is known, changed further by `change`. */
const known = (page, change = () => ({})) => page.route(/\/v1\/reports\/[a-z_]+/, async (route) => {
  const { pathname, search } = new URL(route.request().url()), { cookie } = await route.request().allHeaders();
  const answer = await app.server.request('north-hill', 'GET', pathname + search, { headers: { cookie } });
  if (answer.status !== 200) return route.fulfill({ status: answer.status, headers: answer.headers, body: answer.text });
  const body = knownReport(answer.json(), klass.section_id);
  await route.fulfill({ json: { ...body, ...change(body) } });
});
const at = (id, more = '') => `/app/reports/${id}?section=${klass.section_id}${more}`;

check('a teacher finds the reports of a class on its page, by keyboard; those of the institution are for administrators', async () => {
  const page = await open('grace', `/app/teaching/${klass.section_id}`);
  await page.getByRole('link', { name: 'Reports for this class' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: `Reports for ${klass.section_title}` }).waitFor();
  await page.getByRole('link', { name: 'Class progress' }).waitFor();
  await page.getByRole('link', { name: 'All reports' }).click();
  await page.getByRole('heading', { level: 1, name: 'Reports', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Marking backlog' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'The whole institution' }).count(), 0);
  await page.goto(`${app.origin()}/app/reports/usage`);
  await page.getByText('You do not have access to this page.').waitFor();
  page.clean();
});

check('class progress is what the class did, says as of when, and what comes in shows after a refresh', async () => {
  const page = await open('grace', '/app/reports/class_progress'); // one class: nobody is asked which
  const main = page.getByRole('main'), bar = main.locator('.bar-rows > li', { has: page.getByRole('link', { name: first.title }) });
  await bar.getByText(/^3 on time · 0 late · 0 missing · \d+ still open$/).waitFor();
  assert.match(await main.locator('.fresh').innerText(), /^As of \d\d:\d\d:\d\d \((now|\d+ (second|minute)s? ago)/);
  const line = page.getByRole('table', { name: 'Class progress' }).getByRole('row').filter({ hasText: first.title });
  assert.equal(await line.getByRole('cell').nth(3).innerText(), '3');
  await klass.handIn(first.assignment_id, [3], (number) => ({ text: essay(number) }));
  await heard();
  await page.getByRole('button', { name: 'Refresh' }).focus();
  await page.keyboard.press('Enter');
  await bar.getByText(/^4 on time/).waitFor();

  // What is asked stands in the address, and lies there for whoever gets it.
  await page.goto(app.origin() + at('assignment_timeline'));
  await page.getByText('Choose a class and an assignment to see this report.').waitFor();
  await page.getByLabel('Assignment').selectOption({ label: first.title });
  await page.getByRole('button', { name: 'Show' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('img', { name: /^Hand-ins per hour/ }).locator('canvas').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('assignment'), first.assignment_id);
  await page.reload();
  await page.getByText('Show as a table').last().click();
  await page.getByRole('table', { name: 'Students who have handed in' }).getByRole('cell', { name: '4', exact: true }).first().waitFor();

  // By name, and with the class's own words for what is wrong with the days.
  await page.goto(app.origin() + at('submission_audit'));
  const student = klass.students[0];
  await page.getByRole('table').getByRole('row').filter({ hasText: `${student.given_name} ${student.family_name}` }).getByText('counts').waitFor();
  await page.getByLabel('From').fill('2026-03-02');
  await page.getByLabel('Until').fill('2026-03-01');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('alert').getByText('until').waitFor();
  page.clean();
});

/** One of which all is known, held to its pictures once it is drawn. */
async function shows(page, id, sight) {
  await page.goto(app.origin() + at(id));
  await sight.first().waitFor();
  await look(page, `report-${id.replaceAll('_', '-')}`);
}
check('reports of a class of which all is known look as they should, wide and narrow, light and dark, and from right to left', async () => {
  const page = await open('admin', '/app/reports');
  await known(page);
  await shows(page, 'class_progress', page.getByText('9 on time · 3 late'));
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('heading', { level: 1, name: 'تقدّم الصف' }).waitFor();
  await look(page, 'report-class-progress-ar');
  await page.getByLabel('اللغة').selectOption('en');
  await shows(page, 'gradebook', page.getByRole('columnheader', { name: 'Fractions' }));
  await shows(page, 'grade_distribution', page.getByText('Most common: 70 to 75 % (16).'));
  await shows(page, 'engagement_by_day', page.getByRole('img', { name: /^Per day/ }).locator('canvas'));
  await shows(page, 'at_risk', page.getByText('last three not handed in'));
  page.clean();
});

check('so do the list and the reports of the institution, and those without pictures here show', async () => {
  const page = await open('admin', '/app/reports');
  await page.getByRole('heading', { name: 'The whole institution' }).waitFor();
  await look(page, 'reports');
  await known(page);
  await shows(page, 'institution_overview', page.getByText('22,140 expected hand-ins'));
  await shows(page, 'school_comparison', page.getByText('One line shows no figures'));
  for (const [id, sight] of [['late_and_missing', '2 late · 2 missing'], ['marking_backlog', '17 graded · 3 to mark'], ['submission_audit', 'hidden while marking is anonymous'], ['usage', 'Busiest minute'], ['sign_in_activity', 'Per day: Sign-ins, People']]) {
    await page.goto(app.origin() + at(id));
    await page.getByText(sight).first().waitFor();
  }
  page.clean();
});

check('what is stale, cut or not there says so; without reports the rest of the app goes on, and they come back by themselves', async () => {
  const page = await open('admin', '/app/reports');
  await known(page, ({ as_of, rows }) => ({ stale: true, lag_seconds: 190, as_of: new Date(Date.parse(as_of) - 190_000).toISOString(), truncated: true, rows: Array.from({ length: 150 }, (_, i) => rows[i % rows.length]) }));
  await page.goto(app.origin() + at('submission_audit'));
  await page.getByText('This report is behind.').waitFor();
  await page.getByText('It is 3 minutes 10 seconds late.').waitFor();
  await page.getByText('Only the first 150 lines are shown.').waitFor();
  const rows = page.getByRole('table').locator('tbody tr[aria-rowindex]');
  assert.ok(await rows.count() < 100, 'those in sight');
  await page.emulateMedia({ media: 'print' });
  await rows.nth(149).waitFor(); // all, on paper
  for (const away of [page.getByRole('form', { name: 'What the report is about' }), page.getByRole('button', { name: 'Print' }), page.locator('#menu')]) assert.equal(await away.isVisible(), false);
  await page.getByText(/^As of/).first().waitFor();
  await page.emulateMedia({ media: null });
  await page.unrouteAll();

  await reports.away(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('Reports are not available right now.').waitFor();
    await page.getByText('Below is what this device showed last.').waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('table').getByRole('row').nth(3).waitFor();
    await page.goto(`${app.origin()}/app/reports/marking_backlog`); // never seen here
    await page.getByText('Reports are not available right now.').waitFor();
    await look(page, 'report-away');
  });
  await page.getByText('Nothing to report.').or(page.getByRole('table', { name: 'Marking backlog' })).first().waitFor({ timeout: 30_000 });
  assert.equal(await page.getByText('Reports are not available right now.').count(), 0);
  page.clean();
});

check('a report that takes too long is not asked for again by itself; where too many ask, it is, when the server says', async () => {
  const page = await open('admin', '/app/reports');
  await page.clock.install();
  let code = 'deadline_exceeded', asked = 0;
  await page.route(/\/v1\/reports\/usage/, (route) => {
    asked += 1;
    return code ? route.fulfill({ status: 503, headers: { 'Retry-After': '20' }, contentType: 'application/problem+json', json: { type: 'about:blank', title: 'Later', status: 503, code, detail: 'later', request_id: 'req', retryable: true } }) : route.continue();
  });
  await page.goto(`${app.origin()}/app/reports/usage`);
  await page.getByText('This report took too long. Ask for fewer days or one class, or export it.').waitFor();
  await page.clock.runFor(60_000);
  assert.equal(asked, 1);
  code = 'overloaded';
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Too many reports are being asked for right now.').waitFor();
  await page.clock.runFor(15_000);
  assert.equal(asked, 2, 'not before the server says');
  code = undefined;
  await page.clock.runFor(10_000);
  await page.getByText(/^As of/).waitFor();
  page.clean();
});

check('on paper a report says what it is about, and has the figures of its picture; its export says it too', async () => {
  const page = await open('admin', '/app/reports');
  await known(page);
  await page.goto(app.origin() + at('assignment_timeline', `&assignment=${first.assignment_id}`));
  await page.getByRole('img', { name: /^Hand-ins per hour/ }).locator('canvas').waitFor();
  assert.equal(await page.getByRole('table').count(), 0);
  await page.emulateMedia({ media: 'print' });
  await page.getByText(`${klass.section_title} · ${first.title}`, { exact: true }).waitFor();
  const rows = page.getByRole('table', { name: 'Assignment timeline' }).locator('tbody tr');
  await rows.nth(11).waitFor();
  assert.equal(await rows.count(), 12);
  await page.emulateMedia({ media: null });
  await page.getByRole('table').waitFor({ state: 'detached' });
  // As its export does among others.
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Export this report' });
  await dialog.getByLabel('When').selectOption('quiet');
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  await dialog.getByRole('link', { name: 'See my exports' }).click();
  await page.locator('.export').getByText(`${klass.section_title} · ${first.title} · asked for`).waitFor();
  page.clean();
});

check('a report as a file: asked for, told of when it is ready, fetched whole, removed; one for a quiet hour waits and is cancelled', async () => {
  const page = await open('grace', at('class_progress'));
  const ask = async (format, when) => {
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Export this report' });
    await dialog.getByLabel('File').selectOption(format);
    await dialog.getByLabel('When').selectOption(when);
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    return dialog;
  };
  await (await ask('csv', 'now')).getByText('The export is being made.').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await toast(page, 'The export “Class progress” is ready.').waitFor({ timeout: 30_000 });
  await (await ask('xlsx', 'quiet')).getByRole('link', { name: 'See my exports' }).click();
  const one = (state) => page.locator('.export').filter({ hasText: state });
  await one('waiting').getByText('Planned for').waitFor();
  await one('ready').getByText('Checksum (SHA-256)').waitFor();
  await look(page, 'report-exports');
  await one('ready').getByText('Checksum (SHA-256)').click();
  const checksum = await one('ready').locator('details code').innerText(), coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download: Class progress' }).focus();
  await page.keyboard.press('Enter');
  const file = await coming, bytes = fs.readFileSync(await file.path());
  assert.match(file.suggestedFilename(), /^class_progress_\d{4}-\d\d-\d\dT\d{4,6}Z\.csv$/);
  assert.equal(crypto.createHash('sha256').update(bytes).digest('hex'), checksum);
  assert.ok(bytes.includes(first.title));
  await page.getByRole('button', { name: 'Cancel: Class progress' }).click();
  await toast(page, 'The export is cancelled.').waitFor();
  await one('cancelled').waitFor();
  for (let left = 1; left >= 0; --left) {
    await page.getByRole('button', { name: 'Remove: Class progress' }).first().click();
    await page.waitForFunction((n) => document.querySelectorAll('.export').length === n, left);
  }
  await page.getByText('You have no exports.').waitFor();
  page.clean();
});
