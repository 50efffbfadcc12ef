// The page that checks receipts, in a real browser: every case of tests/vectors/receipts.json from a copy on disk without a network, and a
// receipt of the real server at its address.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startBrowser, startServer } from './bellwether.mjs';
import { inspect } from './inspect.mjs';

const [slug, username, password] = ['north-hill', 'ada', 'bell-at-nine'];
const { cases } = JSON.parse(fs.readFileSync(new URL('../vectors/receipts.json', import.meta.url), 'utf8'));
const caseOf = (name) => cases.find((c) => c.name === name) ?? assert.fail(name);
const order = ['keys', 'receipt', 'kid', 'signature', 'path', 'head_path', 'content', 'proof', 'head'];
let server, browser, dir, copy;

before(async () => {
  assert.ok(process.env.BW_BINARY, 'BW_BINARY is the path of the bellwether program');
  server = await startServer(process.env.BW_BINARY);
  browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bw-verify-'));
  const served = await server.request('', 'GET', '/verify'); // what a person saves
  fs.writeFileSync(path.join(dir, 'verify.html'), served.text);
  copy = pathToFileURL(path.join(dir, 'verify.html')).href;
}, { timeout: 120_000 });

after(async () => {
  try { await browser?.stop(); } finally { await server?.stop(); if (dir) fs.rmSync(dir, { recursive: true }); }
}, { timeout: 60_000 });

/** A fresh tab. `check()`: no console error, no violation of the policy, no request beyond `hosts`. */
async function openPage(address, hosts = []) {
  const page = await browser.context.newPage();
  const errors = [], asked = new Set();
  await page.exposeFunction('cspViolation', (what) => errors.push(`CSP: ${what}`));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => window.cspViolation(`${e.violatedDirective} ${e.blockedURI}`)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.stack}`));
  page.on('request', (request) => { if (/^https?:/.test(request.url())) asked.add(new URL(request.url()).host); });
  await page.goto(address);
  return { page, async check() { assert.deepEqual(errors, []); assert.deepEqual([...asked], hosts); await page.close(); } };
}

async function fill(page, one) {
  await page.locator('#more').evaluate((e) => { e.open = true; });
  for (const part of ['receipt', 'keys', 'proof', 'head']) await page.locator(`#${part}`).fill(one[part] ? JSON.stringify(one[part], null, 1) : '');
  await page.locator('#content').fill('');
  if (one.content !== undefined) await page.locator('#content-file').setInputFiles({ name: 'work.txt', mimeType: 'text/plain', buffer: Buffer.from(one.content, 'base64url') });
  if (one.content !== undefined) await page.locator('#note', { hasText: 'work.txt was taken.' }).waitFor();
}
/** {step: state} after a check. */
async function checked(page) {
  await page.evaluate(() => { document.getElementById('result').hidden = true; });
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await page.locator('#result').waitFor();
  return page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#list li')].map((li) => [li.dataset.step, li.dataset.state])));
}
const verdict = (page) => page.locator('#verdict-title').innerText();

test('it is one file, and what stands in it runs by its hash alone', async () => {
  const answer = await server.request('no-such-school', 'GET', '/verify');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-security-policy'], /script-src 'self' 'sha256-[^']+'; style-src 'self' 'sha256-[^']+';/);
  assert.doesNotMatch(answer.headers['content-security-policy'], /unsafe/);
  assert.doesNotMatch(answer.text, /<script(?!>)|<link(?! rel="icon" href="data:)|\bon[a-z]+="|style="/);
});

test('every shared case, from a copy on disk without a network', async () => {
  const { page, check } = await openPage(copy, []);
  await browser.context.setOffline(true);
  try {
    assert.ok(cases.length > 50);
    for (const one of cases) {
      await fill(page, one);
      const states = await checked(page);
      const first = order.find((step) => states[step] === 'fails');
      assert.equal(first, one.fails, `${one.name}: ${JSON.stringify(states)}`);
      if (!one.fails) for (const step of ['receipt', 'kid', 'signature', 'path', 'head_path', ...['content', 'proof', 'head'].filter((p) => one[p] !== undefined)]) assert.equal(states[step], 'holds', `${one.name}: ${step}`);
      const said = await verdict(page), beside = ['content', 'proof', 'head'].includes(one.fails);
      assert.equal(said, !one.fails ? 'The receipt holds' : beside ? 'The receipt holds, but not with what was given beside it' : 'The receipt does not hold', one.name);
    }
  } finally { await browser.context.setOffline(false); }
  await check();
});

test('what is said, looked at', async () => {
  const { page, check } = await openPage(copy, []);
  await inspect(page, 'verify-empty');
  const looks = { 'verify-good': 'with a proof to a witnessed head', 'verify-changed': 'a statement and its plain members changed together', 'verify-retired': 'a key that was retired before',
    'verify-later': 'a key that was retired later', 'verify-stranger': 'keys of another installation', 'verify-content': 'another content', 'verify-unreadable': 'received_at says something else than the statement' };
  for (const [shot, name] of Object.entries(looks)) {
    await fill(page, caseOf(name));
    await checked(page);
    await inspect(page, shot);
  }
  await fill(page, { receipt: caseOf('a good receipt').receipt }); // without keys nothing is claimed
  const states = await checked(page);
  assert.deepEqual([states.kid, states.signature, states.path, states.head_path], ['unchecked', 'unchecked', 'holds', 'holds']);
  assert.match(await verdict(page), /^Not shown/);
  await inspect(page, 'verify-no-keys');
  await check();
});

test('a browser without Ed25519 says so, and what to use instead', async () => {
  const { page, check } = await openPage('about:blank', []);
  await page.addInitScript(() => {
    const real = crypto.subtle.importKey.bind(crypto.subtle);
    crypto.subtle.importKey = (format, key, algorithm, ...rest) => (algorithm === 'Ed25519' ? Promise.reject(new DOMException('no', 'NotSupportedError')) : real(format, key, algorithm, ...rest));
  });
  await page.goto(copy);
  await page.locator('#cannot', { hasText: 'bellwether receipt verify' }).waitFor();
  await fill(page, caseOf('with a proof'));
  const states = await checked(page);
  assert.deepEqual([states.kid, states.signature, states.proof], ['holds', 'unchecked', 'unchecked']);
  assert.match(await verdict(page), /^Not shown/);
  await inspect(page, 'verify-no-ed25519');
  await check();
});

test('a receipt of the real server, keys and proof fetched, by keyboard; the work dropped', async () => {
  const { access_token } = (await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } })).json();
  const headers = { Authorization: `Bearer ${access_token}` };
  const [assignment] = (await server.request(slug, 'GET', '/v1/assignments', { headers })).json().data;
  const text = 'Mine, with an ü.\nAnd a second line.';
  const answer = await server.request(slug, 'POST', '/v1/submissions', { headers: { ...headers, 'Idempotency-Key': '"verify-page"' }, body: { assignment_id: assignment.assignment_id ?? assignment.id, text } });
  assert.equal(answer.status, 202, answer.text);
  const { page } = await openPage(`${server.origin(slug)}/verify`); // a head that is not published yet is a console error
  const { keyboard } = page;
  const tabTo = async (id) => { for (let i = 0; i < 12 && await page.evaluate(() => document.activeElement.id) !== id; ++i) await keyboard.press('Tab'); assert.equal(await page.evaluate(() => document.activeElement.id), id); };
  await tabTo('receipt');
  await keyboard.insertText(answer.text);
  await tabTo('keys-fetch');
  await keyboard.press('Enter');
  await page.locator('#note', { hasText: 'Fetched.' }).waitFor();
  await page.locator('[data-part=content]').evaluate((part, bytes) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], 'work.txt'));
    part.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, text + '\n');
  await page.locator('#note', { hasText: 'work.txt was taken.' }).waitFor();
  for (let i = 0; i < 12 && await page.evaluate(() => document.activeElement.tagName) !== 'SUMMARY'; ++i) await keyboard.press('Tab');
  await keyboard.press('Enter');
  await tabTo('proof-fetch');
  for (let i = 0; i < 20 && !(await page.locator('#proof').inputValue()); ++i) { // its head is published within seconds
    const answered = page.waitForResponse(/consistency/);
    await keyboard.press('Enter');
    if ((await answered).status() === 200) await page.locator('#note', { hasText: 'Fetched.' }).waitFor();
    else await page.waitForTimeout(500);
  }
  await tabTo('check');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'The receipt holds', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'verdict-title');
  for (const step of ['signature', 'path', 'head_path', 'content', 'proof']) assert.equal(await page.locator(`li[data-step=${step}]`).getAttribute('data-state'), 'holds', step);
  await inspect(page, 'verify-served');
  await page.locator('#content').fill('Something else.'); // what was found is not about this
  assert.ok(await page.locator('#result').isHidden());
  await page.close();
});
