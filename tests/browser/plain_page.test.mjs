// The plain page in a real browser before the real server: what a student does, and what must not go wrong meanwhile.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { eventually, startBrowser, startServer } from './bellwether.mjs';
import { inspect } from './inspect.mjs';

const [slug, username, password] = ['north-hill', 'ada', 'bell-at-nine'];
let server, browser, token;

before(async () => {
  assert.ok(process.env.BW_BINARY, 'BW_BINARY is the path of the bellwether program');
  server = await startServer(process.env.BW_BINARY);
  browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
  token = (await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } })).json().access_token;
}, { timeout: 120_000 });

after(async () => {
  try { await browser?.stop(); } finally { await server?.stop(); }
}, { timeout: 60_000 });

// ---- what the server holds, asked past the page ----

const api = async (target) => (await server.request(slug, 'GET', target, { headers: { Authorization: `Bearer ${token}` } })).json();
const recorded = async (assignment) => (await api(`/v1/assignments/${assignment}/submissions?limit=500`)).data;

// ---- a page, watched ----

/** A fresh tab. `check()` at the end: no console error but the failed loads a test brought about, no CSP violation, no other host. */
async function openPage({ at = slug, failedLoads = 0 } = {}) {
  const page = await browser.context.newPage();
  const seen = { errors: [], loads: 0, hosts: new Set(), posts: [] };
  await page.exposeFunction('cspViolation', (what) => seen.errors.push(`CSP: ${what}`));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => window.cspViolation(`${e.violatedDirective} ${e.blockedURI}`)));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    if (message.text().startsWith('Failed to load resource')) ++seen.loads;
    else seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(`uncaught: ${error.stack}`));
  page.on('dialog', (dialog) => dialog.accept()); // "leave this page?" while work is unsent
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:/.test(url.protocol)) seen.hosts.add(url.host);
    if (request.method() === 'POST' && url.pathname === '/v1/submissions') seen.posts.push(request.headers()['idempotency-key']);
  });
  await page.goto(`${server.origin(at)}/`);
  return {
    page, posts: seen.posts,
    async check() {
      assert.deepEqual(seen.errors, []);
      assert.ok(seen.loads <= failedLoads, `${seen.loads} failed loads, at most ${failedLoads} expected`);
      assert.deepEqual([...seen.hosts], [new URL(server.origin(at)).host]);
      await page.close({ runBeforeUnload: false });
    },
  };
}

async function signIn(page, as = password) {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(as);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const entries = (page) => page.locator('#list button');

/** Signs in and opens the n-th assignment of the list; its id. */
async function openAssignment(page, n) {
  await signIn(page);
  const entry = entries(page).nth(n);
  await entry.waitFor();
  const id = await entry.getAttribute('data-id');
  await entry.click();
  await page.locator('#work-title').waitFor();
  return id;
}

const state = (page, text) => page.locator('#state-title', { hasText: text }).waitFor();
const storedItem = (page, id) => page.evaluate((name) => JSON.parse(
  Object.entries(sessionStorage).find(([key]) => key.startsWith('bw.item.') && key.endsWith(name))?.[1] ?? 'null'), id);

// ---- serving ----

test('the files are served with their types, policies and entity tags, at every host', async () => {
  const types = { '/': 'text/html; charset=utf-8', '/page.js': 'text/javascript; charset=utf-8', '/style.css': 'text/css; charset=utf-8' };
  const source = { '/': 'index.html', '/page.js': 'page.js', '/style.css': 'style.css' };
  for (const [target, type] of Object.entries(types)) {
    const answer = await server.request(slug, 'GET', target);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], type);
    assert.match(answer.headers['content-security-policy'], /^default-src 'none'; script-src 'self';/);
    assert.equal(answer.headers['cache-control'], 'no-cache');
    assert.equal(answer.headers['referrer-policy'], 'no-referrer');
    assert.equal(answer.text, fs.readFileSync(new URL(`../../web/plain/${source[target]}`, import.meta.url), 'utf8'));
    const again = (tag) => server.request('no-such-school', 'GET', target, { headers: { 'If-None-Match': tag } });
    const unchanged = await again(`"other", W/${answer.headers.etag}`);
    assert.deepEqual([unchanged.status, unchanged.text, unchanged.headers.etag], [304, '', answer.headers.etag]);
    assert.equal((await again('"other"')).status, 200);
  }
});

test('a host without an institution says so', async () => {
  const { page, check } = await openPage({ at: '' });
  await page.getByRole('heading', { name: 'No institution at this address' }).waitFor();
  await inspect(page, 'nowhere');
  await check();
});

test('an unknown institution says so at sign-in', async () => {
  const { page, check } = await openPage({ at: 'no-such-school', failedLoads: 1 });
  await signIn(page);
  await page.getByRole('heading', { name: 'No institution at this address' }).waitFor();
  await check();
});

// ---- signing in ----

test('a wrong password is said in words, and the focus is where it is mended', async () => {
  const { page, check } = await openPage({ failedLoads: 1 });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'username');
  await inspect(page, 'sign-in');
  await signIn(page, 'wrong');
  await page.getByRole('alert').filter({ hasText: 'User name or password is wrong.' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'password');
  await inspect(page, 'sign-in-error');
  await page.keyboard.type(password); // the wrong one is selected
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Assignments' }).waitFor();
  await check();
});

test('a busy server is waited for as long as it asks, then asked again', async () => {
  const { page, check } = await openPage({ failedLoads: 1 });
  let refusedAt = 0, askedAgainAfter = 0;
  await page.route('**/v1/sessions', (route) => {
    if (refusedAt) {
      askedAgainAfter = Date.now() - refusedAt;
      return route.continue();
    }
    refusedAt = Date.now();
    return route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '2' },
      body: JSON.stringify({ code: 'overloaded', status: 503, retryable: true }) });
  });
  await signIn(page);
  await page.getByText(/Very busy, trying again in \d+ s/).waitFor();
  await inspect(page, 'sign-in-busy');
  await page.getByRole('heading', { name: 'Assignments' }).waitFor();
  assert.ok(askedAgainAfter >= 2000, `asked again after ${askedAgainAfter} ms, Retry-After was 2 s`);
  await check();
});

// ---- handing in ----

test('assignments have a section, a due time and a running countdown', async () => {
  const { page, check } = await openPage();
  await signIn(page);
  await entries(page).first().waitFor();
  const { data } = await api(`/v1/assignments?due_from=${new Date(Date.now() - 3_600_000).toISOString()}&limit=50`);
  assert.equal(await entries(page).count(), data.length);
  for (const [i, assignment] of data.entries()) {
    const text = await entries(page).nth(i).innerText();
    assert.ok(text.includes(assignment.title) && text.includes(assignment.section_title) && /due \d/.test(text), text);
  }
  const countdown = () => entries(page).first().locator('.left').innerText();
  const first = await countdown();
  assert.match(first, /\d+ (s|min|h|d)/);
  if (!/ [hd] /.test(first)) await eventually('the countdown moves', async () => await countdown() !== first, 5000);
  await inspect(page, 'list');
  await check();
});

test('handed in: received with proof, then recorded; the receipt is saved', async () => {
  const { page, check, posts } = await openPage();
  const id = await openAssignment(page, 0);
  await inspect(page, 'draft');
  const before_ = (await recorded(id)).length;
  let seePolls = () => {};
  const held = new Promise((done) => { seePolls = done; });
  await page.route('**/v1/submissions/sub_*', async (route) => { await held; await route.continue(); }); // so that `received` can be looked at
  await page.getByLabel('Your work').fill('The bell at nine, in my own words.');
  await page.getByRole('button', { name: 'Hand in' }).click();
  await state(page, 'Received, with proof');
  await inspect(page, 'received');
  seePolls();
  await state(page, 'Recorded');
  await inspect(page, 'recorded');

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save receipt' }).click()]);
  const receipt = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
  assert.equal(download.suggestedFilename(), `receipt-${receipt.submission_id}.json`);
  assert.match(receipt.signature, /^[\w-]{86}$/);
  assert.equal(receipt.assignment_id, id);
  assert.deepEqual(posts, [`"${receipt.idempotency_key}"`]);
  const rows = await recorded(id);
  assert.equal(rows.length, before_ + 1);
  assert.ok(rows.some((row) => row.submission_id === receipt.submission_id && row.state === 'recorded'));

  await page.reload(); // what became of it is still known
  await state(page, 'Recorded');
  await check();
});

test('a double click hands in once', async () => {
  const { page, check, posts } = await openPage();
  const id = await openAssignment(page, 1);
  const before_ = (await recorded(id)).length;
  await page.getByLabel('Your work').fill('Twice in a hurry.');
  await page.evaluate(() => { // quicker than any finger: both clicks in one turn of the page's loop
    document.getElementById('submit').click();
    document.getElementById('submit').click();
  });
  await state(page, 'Recorded');
  assert.equal(posts.length, 1);
  assert.equal((await recorded(id)).length, before_ + 1);
  await check();
});

test('the network is cut before the answer: the same key goes out again, one submission is recorded', async () => {
  const { page, check, posts } = await openPage({ failedLoads: 20 });
  const id = await openAssignment(page, 2);
  const before_ = (await recorded(id)).length;

  let delivered;
  await page.route('**/v1/submissions', async (route) => { // the first one arrives, and its answer is lost
    if (delivered) return route.continue();
    const request = route.request();
    delivered = await server.request(slug, 'POST', '/v1/submissions', { body: request.postDataJSON(),
      headers: { Authorization: request.headers().authorization, 'Idempotency-Key': request.headers()['idempotency-key'] } });
    await browser.context.setOffline(true);
    return route.abort('connectionreset');
  });
  await page.getByLabel('Your work').fill('Written through a bad line.');
  await page.getByRole('button', { name: 'Hand in' }).click();
  try {
    await page.getByText(/No connection, trying again in \d+ s/).waitFor();
    assert.equal(await page.evaluate(() => fetch('/style.css', { cache: 'no-store' }).then(() => 'answered', () => 'failed')), 'failed');
    await state(page, 'Kept on this device');
    await inspect(page, 'retrying');
    await eventually('it is tried again', () => posts.length >= 2);
  } finally {
    await browser.context.setOffline(false);
  }
  await state(page, 'Recorded');
  assert.equal(delivered.status, 202);
  assert.equal(new Set(posts).size, 1, `keys: ${posts}`);
  const rows = await recorded(id);
  assert.equal(rows.length, before_ + 1);
  assert.ok(rows.some((row) => row.submission_id === delivered.json().submission_id));
  await check();
});

test('a reload keeps the draft and its key; changed text after a try gets another', async () => {
  const { page, check, posts } = await openPage({ failedLoads: 40 });
  const id = await openAssignment(page, 3);
  await page.getByLabel('Your work').fill('Half a tho');
  const first = await storedItem(page, id);
  assert.ok(first.key);
  await page.reload();
  await page.locator('#text').waitFor();
  assert.equal(await page.getByLabel('Your work').inputValue(), 'Half a tho');
  assert.equal((await storedItem(page, id)).key, first.key);

  await page.route('**/v1/submissions', (route) => route.abort('connectionreset'));
  await page.getByRole('button', { name: 'Hand in' }).click();
  await page.getByText(/No connection, trying again/).waitFor();
  await page.reload(); // in the middle of trying: it goes on by itself
  await page.getByText(/No connection, trying again/).waitFor();
  assert.deepEqual([...new Set(posts)], [`"${first.key}"`]);

  await page.getByRole('button', { name: 'Stop trying and edit' }).click();
  await page.getByLabel('Your work').fill('Half a thought, and the other half.');
  await page.unroute('**/v1/submissions');
  await page.getByRole('button', { name: 'Hand in' }).click();
  await state(page, 'Recorded');
  assert.notEqual(posts.at(-1), `"${first.key}"`);
  await check();
});

test('an expired sign-in loses nothing', async () => {
  const { page, check, posts } = await openPage({ failedLoads: 1 });
  const id = await openAssignment(page, 0);
  await page.getByRole('button', { name: 'Hand in another version' }).or(page.locator('#text')).first().waitFor();
  await page.getByLabel('Your work').fill('Written while the token aged.');
  const { key } = await storedItem(page, id);
  await page.route('**/v1/submissions', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json',
    body: JSON.stringify({ code: 'token_expired', status: 401, detail: 'the token has expired', retryable: false }) }), { times: 1 });
  await page.getByRole('button', { name: 'Hand in' }).click();
  await page.getByText('Your sign-in has expired. What you wrote is kept').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'password');
  assert.equal(await page.evaluate(() => sessionStorage.getItem('bw.session')), null);
  await inspect(page, 'expired');
  await signIn(page);
  await state(page, 'Recorded');
  assert.deepEqual(posts, [`"${key}"`, `"${key}"`]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('bw.session')), null);
  await check();
});

test('a refusal and its reason, and lateness, are said', async () => {
  const { page, check } = await openPage();
  await openAssignment(page, 1);
  await page.route('**/v1/submissions/sub_*', async (route) => { // the demo's students are enrolled, and its bell is ahead
    const target = new URL(route.request().url()).pathname;
    const real = await api(target);
    await route.fulfill({ json: { ...real, state: 'refused', reason: 'not_enrolled', late: true } });
  });
  await page.getByLabel('Your work').fill('For a class that I have left.');
  await page.getByRole('button', { name: 'Hand in' }).click();
  await state(page, 'Refused: you are not enrolled in this class');
  assert.ok(await page.getByText('Late', { exact: true }).isVisible());
  await inspect(page, 'refused');
  await check();
});

test('the whole way by keyboard', async () => {
  const { page, check } = await openPage();
  const { keyboard } = page;
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  await keyboard.type(username);
  await keyboard.press('Tab');
  await keyboard.type(password);
  await keyboard.press('Enter');
  await entries(page).first().waitFor();
  assert.equal(await focused(), 'list-title');
  await keyboard.press('Tab');
  assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'solid', 'the focus is to be seen');
  await keyboard.press('Enter');
  assert.equal(await focused(), 'work-title');
  await keyboard.press('Tab');
  assert.equal(await focused(), 'text');
  await keyboard.type('Without a mouse.');
  await keyboard.press('Tab');
  assert.equal(await focused(), 'submit');
  await keyboard.press('Enter');
  await state(page, 'Recorded');
  await keyboard.press('Tab');
  assert.equal(await focused(), 'save');
  await Promise.all([page.waitForEvent('download'), keyboard.press('Enter')]);
  await page.locator('#back').focus();
  await keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), await entries(page).first().getAttribute('data-id'));
  assert.ok((await entries(page).first().innerText()).includes('Recorded'));
  await inspect(page, 'list-after');
  await check();
});
