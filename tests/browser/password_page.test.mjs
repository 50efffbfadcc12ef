// The page where a password is chosen, in a real browser before the real server: with a teacher's class code, by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser, startServer } from './bellwether.mjs';
import { inspect } from './inspect.mjs';

const [slug, username, old] = ['north-hill', 'ada', 'bell-at-nine'];
let server, browser;

before(async () => {
  assert.ok(process.env.BW_BINARY, 'BW_BINARY is the path of the bellwether program');
  server = await startServer(process.env.BW_BINARY);
  browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
}, { timeout: 120_000 });

after(async () => {
  try { await browser?.stop(); } finally { await server?.stop(); }
}, { timeout: 60_000 });

const signIn = (who, password) => server.request(slug, 'POST', '/v1/sessions', { body: { username: who, password } });
const as = async (who) => ({ Authorization: `Bearer ${(await signIn(who, old)).json().access_token}` });

/** Of a section that Ada attends and Grace teaches. */
async function classCode() {
  const headers = await as('grace');
  const { data } = (await server.request(slug, 'GET', '/v1/assignments', { headers: await as(username) })).json();
  for (const { section_id: section } of data) {
    const made = await server.request(slug, 'POST', `/v1/sections/${section}/class-code`, { headers, body: { students: 'all' } });
    if (made.status === 201) return made.json().code;
  }
  return assert.fail('Grace teaches Ada nowhere');
}

async function openPage(hash = '') {
  const page = await browser.context.newPage();
  const errors = [];
  await page.exposeFunction('cspViolation', (what) => errors.push(`CSP: ${what}`));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => window.cspViolation(`${e.violatedDirective} ${e.blockedURI}`)));
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.stack}`));
  await page.goto(`${server.origin(slug)}/password${hash}`);
  return { page, async check() { assert.deepEqual(errors, []); await page.close(); } };
}

test('a student chooses a password with the code from the board, by keyboard', async () => {
  const code = await classCode();
  const { page, check } = await openPage();
  await inspect(page, 'password');
  await page.locator('#username').focus();
  const type = async (...texts) => { for (const text of texts) { await page.keyboard.type(text); await page.keyboard.press('Tab'); } };
  await type(username, 'BCDFG-HJKMN', 'seven red lamps');
  await page.keyboard.type('seven red lambs');
  await page.keyboard.press('Enter');
  await page.locator('#fault', { hasText: 'not the same' }).waitFor();
  await page.locator('#again').fill('seven red lamps');
  await page.keyboard.press('Enter');
  const fault = page.locator('#fault:not([hidden])', { hasNotText: 'not the same' });
  await fault.waitFor();
  assert.equal(await fault.getAttribute('role'), 'alert');
  await inspect(page, 'password-wrong-code');
  await page.locator('#code').fill(code);
  await page.keyboard.press('Enter');
  await page.locator('#done:not([hidden])').waitFor();
  await inspect(page, 'password-done');
  assert.equal((await signIn(username, 'seven red lamps')).status, 201);
  assert.equal((await signIn(username, old)).status, 401);
  await check();
});

test('what stands behind # fills the form and leaves the address', async () => {
  const { page, check } = await openPage('#username=ada&code=BCDFG-HJKMN');
  assert.equal(await page.locator('#username').inputValue(), 'ada');
  assert.equal(await page.locator('#code').inputValue(), 'BCDFG-HJKMN');
  assert.equal(page.url(), `${server.origin(slug)}/password`);
  await check();
  const linked = await openPage('#token=of-a-mail');
  assert.ok(await linked.page.locator('#by-code').isHidden(), 'a link from a mail needs no code');
  assert.ok(!linked.page.url().includes('of-a-mail'));
  await linked.check();
});
