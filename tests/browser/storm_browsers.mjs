// People of a storm who come with a real browser and the web app: storm_browsers.mjs signin|deadline PORT OUT < people, one JSON line each
// ({host, username, at_ms} and for the deadline {assignment_id}). Each comes `at_ms` after the start, waits as long as the page says, and is told of in OUT.
// For the deadline all have signed in and written their work when OUT.ready is there; the start is when OUT.go is.
// Ends with 0 only if everybody came in (and what they handed in was recorded, with a receipt that holds).
import fs from 'node:fs';
import { startBrowser } from './bellwether.mjs';

const [scenario, port, out] = process.argv.slice(2);
const people = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const password = process.env.BW_STORM_PASSWORD ?? 'bell-at-nine';
const patience = 600_000; // a browser waits as its page does; this ends what hangs

const pause = (ms) => new Promise((done) => { setTimeout(done, Math.max(0, ms)); });
const since = (begun) => Math.round(performance.now() - begun);

/** From the address to the first page behind the sign-in. */
async function comeIn(page, { host, username }, told) {
  const begun = performance.now();
  await page.goto(`http://${host}:${port}/app/today`, { timeout: patience });
  await page.getByLabel('User name').fill(username, { timeout: patience });
  told.usable_ms = since(begun);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const room = page.locator('.waiting-room').waitFor({ timeout: patience }).then(() => { told.waited = true; }, () => undefined);
  await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor({ timeout: patience });
  told.in_ms = since(begun);
  void room;
}

/** What was written before is handed in, and followed until it is recorded. */
async function handIn(page, told) {
  const begun = performance.now();
  await page.getByRole('button', { name: /^Hand in/ }).click();
  await page.locator('.standing:not(.kept)').waitFor({ timeout: patience });
  told.received_ms = since(begun);
  await page.locator('.standing.recorded, .standing.late, .standing.marked').waitFor({ timeout: patience });
  told.recorded_ms = since(begun);
  if (!(await page.getByText('checked on this device. It is valid').count())) throw new Error('its receipt was not verified');
}

/** For the deadline all are there before the start. */
async function startTogether(all) {
  await all;
  fs.writeFileSync(`${out}.ready`, '');
  while (!fs.existsSync(`${out}.go`)) await pause(20);
  return performance.now();
}

async function come(browser, person, start) {
  const told = { host: person.host, username: person.username, waited: false };
  const context = await browser.newContext({ locale: 'en', viewport: { width: 900, height: 800 } });
  context.setDefaultTimeout(patience);
  try {
    const page = await context.newPage();
    if (scenario === 'signin') await pause(person.at_ms - since(await start.at));
    await comeIn(page, person, told);
    if (scenario === 'deadline') {
      await page.goto(`http://${person.host}:${port}/app/assignments/${person.assignment_id}`);
      await page.locator('textarea').fill(`Handed in by ${person.username} with a browser, as the bell rings.`);
      start.ready();
      await pause(person.at_ms - since(await start.at));
      await handIn(page, told);
    }
  } catch (error) { told.error = String(error).split('\n')[0]; } finally { await context.close().catch(() => undefined); }
  return told;
}

const quantile = (values, q) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))];
function summary(all) {
  const failed = all.filter(({ error }) => error);
  const spread = (name) => {
    const values = all.map((told) => told[name]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : { n: values.length, p50: quantile(values, 0.5), p95: quantile(values, 0.95), max: quantile(values, 1) };
  };
  return { people: all.length, failed: failed.length, waited: all.filter(({ waited }) => waited).length,
    usable_ms: spread('usable_ms'), in_ms: spread('in_ms'), received_ms: spread('received_ms'), recorded_ms: spread('recorded_ms'), errors: failed.slice(0, 10) };
}

const { context, stop } = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
process.once('SIGTERM', () => { void stop().finally(() => process.exit(1)); });
try {
  const ready = people.map(() => { let done; const promise = new Promise((resolve) => { done = resolve; }); return { promise, done }; });
  const at = scenario === 'deadline' ? startTogether(Promise.all(ready.map(({ promise }) => promise))) : Promise.resolve(performance.now());
  const all = await Promise.all(people.map((person, i) => come(context.browser(), person, { at, ready: ready[i].done }).finally(ready[i].done)));
  const told = summary(all);
  fs.writeFileSync(out, JSON.stringify(told, null, 1));
  const line = (name, { n, p50, p95, max } = { n: 0 }) => console.log(`  ${name.padEnd(34)} n ${n}${n ? `, p50 ${p50} ms, p95 ${p95} ms, max ${max} ms` : ''}`);
  console.log(`with a browser: ${told.people - told.failed} of ${told.people} came through, ${told.waited} by the waiting room`);
  line('the page takes what is typed', told.usable_ms);
  line('signed in', told.in_ms);
  if (scenario === 'deadline') { line('received, with a receipt', told.received_ms); line('recorded', told.recorded_ms); }
  for (const { username, error } of told.errors) console.log(`  FAILED ${username}: ${error}`);
  process.exitCode = told.failed > 0 ? 1 : 0;
} finally { await stop(); }
