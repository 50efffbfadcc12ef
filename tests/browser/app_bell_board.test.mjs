// The operators' bell board (web/app/src/pages/operator/bells.tsx) in a real browser before the real server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { lacks, look } from './app.mjs';
import { api } from './app_people.mjs';
import { eventually } from './bellwether.mjs';
import { startOperator } from './operator.mjs';
import { makeTimetable } from './timetable.mjs';

const skip = lacks();
let app;
before(async () => {
  if (skip) return;
  app = await startOperator();
  await makeTimetable(app);
  const admin = await api(app, 'admin'), soon = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 7_200_000);
  await admin('POST', '/v1/bells', { at: soon.toISOString(), lasts_seconds: 60 });
  await serveAnew();
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
/** Bells are looked at when a process begins, and once a minute. */
async function serveAnew() {
  const pid = () => Number(fs.readFileSync(path.join(app.server.data, 'run/serve.pid'), 'utf8')), first = pid();
  process.kill(first, 'SIGKILL'); // `up` starts another
  await eventually('another process answers', async () => pid() !== first && (await app.ask('GET', '/v1/ops/bell-board')).status === 200, 30_000);
}
const check = (name, deed) => test(name, { timeout: 120_000, skip }, async () => {
  for (const page of app.context.pages().slice(1)) await page.close();
  await deed();
});
const board = () => app.ask('GET', '/v1/ops/bell-board').then((answer) => answer.json());

/** As the server says it, changed on the way by `change`. */
const changed = (change) => async (route) => {
  const answer = await route.fetch(), body = await answer.json();
  change(body);
  await route.fulfill({ response: answer, json: body });
};
/** A school day of which all is known, the same at each run. */
const known = (body) => {
  const bell = (i) => 60 * Math.exp(-((i - 660) ** 2) / 30) + 25 * Math.exp(-((i - 780) ** 2) / 30), expected = Array.from({ length: 1440 }, (_, i) => Math.round(10 * (3 + bell(i))) / 10);
  Object.assign(body, {
    counted_until: body.as_of, whole_from: body.from, made_at: body.as_of, valid_until: new Date(Date.parse(body.as_of) + 600_000).toISOString(), further_bells: 0,
    institutions: 13, without_timetable: 2, hints: { made_at: body.as_of, valid_until: body.as_of, listeners: ['jobs', 'recorder', 'long requests'] },
    bells: Array.from({ length: 14 }, (_, i) => ({ at: new Date(Date.parse(body.as_of) + (i + 1) * 3_000_000).toISOString(), people: 1200 - 60 * i, institutions: i % 3 === 0 ? 9 : 2,
      largest: [['North Hill Academy', 800], ['South Shore College', 400]].map(([name, people], n) => ({ tenant_id: `ten_${String(n).padStart(32, '0')}`, name, people })) })),
    minutes: { expected, low: expected.map((value) => Math.round(value * 0.7)), high: expected.map((value) => Math.round(value * 1.3)), came: expected.map((value, i) => (i < 720 && i > 300 ? Math.round(value * (0.9 + 0.2 * ((i * 7) % 10) / 10)) : null)), now_expected: expected.map((value, i) => (i < 720 ? null : value)) },
    days: Array.from({ length: 5 }, (_, i) => ({ date: `2026-11-${27 - i}`, institutions: 13, came: 18_000 + 700 * i, score: { days: 1, wape: 0.19 + i / 100, chance: 0.09, bias: 0.02, peak: 0.29, peak_naive: i === 4 ? null : 2.4, skill: i === 4 ? null : 0.53 - i / 10, covered: 0.88 } })),
  });
};

const knownPeaks = (body) => {
  const at = new Date(Date.parse(body.as_of) + 3_600_000).toISOString(), score = { days: 5, wape: null, chance: null, bias: null, peak: null, peak_naive: null, skill: null, covered: null };
  body.kinds = [{ kind: 'page_read', unknown: 1, prior: 2, history: 10, peak: { at, expected: 630.4, low: 412, high: 861.2 }, likely_peak: 652, week_peak: { at, expected: 811.3 }, score }];
};
const unknownPeaks = (body) => { for (const kind of body.kinds) Object.assign(kind, { unknown: 2, prior: 0, history: 0 }); };
const knownWalls = (body) => {
  const limit = (name, capacity, peak) => ({ limit: name, unit: 'sign-ins by password a minute', capacity, peak, remedy: 'Give role auth more processors and threads (--auth-threads), on more servers.', evidence: [{ what: 'threads of lane auth', value: 2, unit: '' }, { what: 'a turn of lane auth took, on average', value: null, unit: 'ms' }] });
  body.nearest = 'sign-in';
  body.walls = [
    { wall: 'sign-in', standing: 'near', headroom: 1.36, growth_a_week: 0.021, reached_at: new Date(Date.now() + 100 * 86_400_000).toISOString(), limits: [limit('password hashes', 1200, 880)] },
    { wall: 'deadline', standing: 'far', headroom: 42, growth_a_week: null, reached_at: null, limits: [limit('journal syncs', 90_000, 2140), limit('processors', 880_000, 2140)] },
    { wall: 'tenancy', standing: 'unknown', headroom: null, growth_a_week: null, reached_at: null, limits: [limit('reads', null, 900)] },
  ];
};

check('a day of which all is known, in light and dark, narrow and wide, and from right to left', async () => {
  const page = await app.enter('/app/operator/bells', async (one) => {
    await one.route('**/v1/ops/bell-board?*', changed(known));
    await one.route('**/v1/ops/walls', changed(knownWalls));
    await one.route('**/v1/ops/forecast?*', changed(knownPeaks));
  });
  await page.getByText('and 7 more').first().waitFor();
  await page.getByRole('button', { name: 'Show all 14' }).click();
  await page.getByText('53%').waitFor();
  await page.getByText('Nearest: Sign-in.').waitFor();
  if (process.env.BW_SHOTS) await page.screenshot({ path: `${process.env.BW_SHOTS}/bells-live.png`, fullPage: true });
  await page.getByText('Evidence: Deadlines').click();
  await look(page, 'operator-bells');
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('heading', { name: 'لوحة الأجراس', level: 1 }).waitFor();
  await look(page, 'operator-bells-ar');
  await page.getByLabel('اللغة').selectOption('en');
  page.clean();
});

check('what is not known says so and is never 0; what is stale says that', async () => {
  const nothing = (body) => Object.assign(body, {
    made_at: null, valid_until: null, bells: [], institutions: 0, days: [], counted_until: null, whole_from: null, hints: { made_at: null, valid_until: null, listeners: [] },
    minutes: Object.fromEntries(Object.keys(body.minutes).map((name) => [name, body.minutes.came.map(() => null)])),
  });
  // The server lists the nearest wall first: which one it is, this machine's disk and processors decide.
  const page = await app.enter('/app/operator/bells', async (one) => {
    await one.route('**/v1/ops/bell-board?*', changed(nothing));
    await one.route('**/v1/ops/forecast?*', changed(unknownPeaks));
    await one.route('**/v1/ops/walls', changed((body) => { body.nearest = null; body.walls.sort((a, b) => (b.wall === 'sign-in') - (a.wall === 'sign-in')); for (const wall of body.walls) Object.assign(wall, { standing: 'unknown', headroom: null, growth_a_week: null, reached_at: null, limits: wall.limits.map((limit) => ({ ...limit, capacity: null, peak: null })) }); }));
  });
  await page.getByText('Forecast stale').waitFor();
  await page.getByText('There is no current forecast.').waitFor();
  await page.getByText('Nothing has been counted yet.').waitFor();
  await page.getByText('No part of this process listens.').waitFor();
  assert.equal(await page.locator('.wall dd', { hasText: /^0/ }).count(), 0);
  await page.locator('.wall .chip', { hasText: 'not known' }).first().waitFor();
  await look(page, 'operator-bells-unknown');
  // What was counted long ago, and a server that is away.
  await page.unroute('**/v1/ops/bell-board?*');
  await page.route('**/v1/ops/bell-board?*', changed((body) => { known(body); body.counted_until = new Date(Date.parse(body.as_of) - 600_000).toISOString(); }));
  await page.getByLabel('Load', { exact: true }).selectOption('refresh');
  await page.getByText('No minute has been counted since then.').waitFor();
  await page.unroute('**/v1/ops/bell-board?*');
  await page.route('**/v1/ops/bell-board?*', (route) => route.abort());
  await page.getByLabel('Load', { exact: true }).selectOption('password');
  await page.getByText(/^As of /).waitFor();
  await page.getByRole('table', { name: 'Next bells' }).waitFor();
});

check('the board says when bells ring and for whom, what was expected, and who is told; by keyboard', async () => {
  await eventually('it is forecast', async () => { const { bells, hints } = await board(); return bells.length > 0 && hints.made_at !== null; }, 75_000);
  const page = await app.enter();
  await page.getByRole('link', { name: 'Bell board' }).click();
  await page.getByRole('heading', { name: 'Bell board', level: 1 }).waitFor();
  const bells = page.getByRole('table', { name: 'Next bells' });
  await bells.getByRole('link', { name: 'North Hill Academy' }).first().waitFor();
  assert.match(await bells.getByRole('row').nth(1).innerText(), /\d+/);
  await page.getByText('Forecast current').waitFor();
  await page.getByText('Hint in force').waitFor();
  const told = await board();
  for (const name of told.hints.listeners) await page.locator('code', { hasText: name }).first().waitFor();
  assert.ok(told.minutes.now_expected.some((value) => value > 0), 'something is expected');
  assert.ok(told.minutes.expected.every((value) => value === null), 'and was not when the day began: there was no timetable');
  assert.equal(told.minutes.came[100], null, 'nobody counted then');

  await page.getByRole('img', { name: /^Page reads per minute/ }).locator('canvas').waitFor();
  await page.getByLabel('Load', { exact: true }).focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('img', { name: /^Submissions per minute/ }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'SELECT', 'the keyboard stays there');
  await page.getByLabel('Load', { exact: true }).selectOption('live_join');
  await page.getByText('Nobody counts joins of live lessons yet.').waitFor();
  await page.getByLabel('Load', { exact: true }).selectOption('page_read');
  await page.getByText('Show as a table').focus();
  await page.keyboard.press('Enter');
  const table = page.getByRole('table', { name: 'Page reads per minute' });
  await table.getByText('not known').first().waitFor();
  await page.getByText('No day has been scored yet.').waitFor();
  for (const wall of ['Sign-in', 'Deadlines', 'Reads']) await page.getByRole('heading', { name: wall }).waitFor();
  await page.getByText('Evidence: Sign-in').focus();
  await page.keyboard.press('Enter');
  await page.getByText("a password's hash takes, alone").waitFor();
  page.clean();
});
