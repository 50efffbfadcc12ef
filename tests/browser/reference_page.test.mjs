// The API's reference page in a real browser before the real server: everything the document says is there to read, to find and
// to try, with a mouse or without.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser, startServer } from './bellwether.mjs';
import { inspect } from './inspect.mjs';

const [slug, username, password] = ['north-hill', 'ada', 'bell-at-nine'];
let server, browser, api, operations, token;

before(async () => {
  assert.ok(process.env.BW_BINARY, 'BW_BINARY is the path of the bellwether program');
  server = await startServer(process.env.BW_BINARY);
  browser = await startBrowser(process.env.BW_CHROMIUM ?? '/usr/bin/chromium');
  api = (await server.request(slug, 'GET', '/openapi.json')).json();
  operations = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, said]) => ({ ...said, path, method: method.toUpperCase() })));
  token = (await server.request(slug, 'POST', '/v1/sessions', { body: { username, password } })).json().access_token;
}, { timeout: 120_000 });

after(async () => {
  try { await browser?.stop(); } finally { await server?.stop(); }
}, { timeout: 60_000 });

/** A fresh tab. `check()`: no console error, no violation of the policy, no other host. */
async function openPage(hash = '') {
  const page = await browser.context.newPage();
  const errors = [], hosts = new Set();
  await page.exposeFunction('cspViolation', (what) => errors.push(`CSP: ${what}`));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => window.cspViolation(`${e.violatedDirective} ${e.blockedURI}`)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.stack}`));
  page.on('request', (request) => { if (/^https?:/.test(request.url())) hosts.add(new URL(request.url()).host); });
  await page.goto(`${server.origin(slug)}/docs${hash}`);
  await page.locator('details.operation').first().waitFor();
  return {
    page,
    async check() {
      assert.deepEqual(errors, []);
      assert.deepEqual([...hosts], [new URL(server.origin(slug)).host]);
      await page.close();
    },
  };
}

const card = (page, id) => page.locator(`details#${id}`);

test('the page is served under a policy without inline script', async () => {
  const answer = await server.request('', 'GET', '/docs');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-security-policy'], /^default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(answer.headers['content-security-policy'], /unsafe/);
  assert.doesNotMatch(answer.text, /<script(?![^>]*\bsrc=)|\bon[a-z]+=|style=/);
});

test('every operation is there, by tag, and says what its document says', async () => {
  const { page, check } = await openPage();
  assert.equal(await page.locator('#operations details.operation').count(), operations.length);
  assert.deepEqual((await page.locator('#operations > section > h2').allTextContents()).sort(), api.tags.map((t) => t.name).sort());
  const shown = await page.evaluate(async (ids) => {
    const shown = {};
    for (const id of ids) {
      const card = document.getElementById(id);
      card.querySelector('summary').click();
      while (!card.querySelector('.inside > *')) await new Promise((drawn) => { requestAnimationFrame(drawn); });
      shown[id] = { said: card.innerText, buttons: [...card.querySelectorAll('button')].map((button) => button.textContent.trim()) };
      card.open = false; // each open one makes the next take longer
    }
    return shown;
  }, operations.map(({ operationId }) => operationId));
  for (const o of operations) {
    const { said, buttons } = shown[o.operationId];
    for (const text of [o.method, o.path, ...(o.parameters ?? []).map((p) => p.name), ...Object.keys(o.responses)]) assert.ok(said.includes(text), `${o.operationId} does not show ${text}`);
    assert.match(said, /curl /);
    assert.equal(buttons.filter((name) => name === 'Send').length, o.method === 'GET' ? 1 : 0);
  }
  assert.equal(await page.locator('#schemas > details').count(), Object.keys(api.components.schemas).length);
  await check();
});

test('it passes WCAG A and AA, light and dark, narrow too, closed and opened', async () => {
  const { page, check } = await openPage();
  await inspect(page, 'reference');
  const opened = ['sign_in', 'submit', 'list_assignments', 'get_submission', 'schema-Receipt'];
  for (const id of opened) await card(page, id).evaluate((e) => { e.open = true; });
  await page.locator('#submit .inside > *').first().waitFor();
  for (const part of await page.locator('details.part').all()) await part.evaluate((e) => { e.open = true; });
  await inspect(page, 'reference-open', opened.map((id) => `#${id}`)); // the others are as before
  await check();
});

test('words find operations, and an address opens one', async () => {
  const { page, check } = await openPage('#submit');
  await page.locator('#submit[open] pre').first().waitFor();
  await page.getByLabel('Find').fill('DUE instant');
  await page.getByText(`of ${operations.length} operations`).waitFor();
  const shown = await page.locator('#operations details.operation:visible h3').allTextContents();
  assert.ok(shown.includes('/v1/assignments/{assignment_id}') && shown.length < operations.length, shown.join());
  await page.getByLabel('Find').fill('');
  await page.locator('#livez').waitFor();
  await check();
});

test('with the keyboard alone: to an operation, into it, sent, answered', async () => {
  const { page, check } = await openPage();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY');
  await page.getByLabel('Access token').fill(token);
  await page.locator('#list_assignments > summary').focus();
  await page.keyboard.press('Enter');
  await page.locator('#try-list_assignments-limit').waitFor();
  await page.locator('#try-list_assignments-limit').focus();
  await page.keyboard.type('1');
  await page.keyboard.press('Enter');
  const answer = card(page, 'list_assignments').getByRole('region');
  await answer.waitFor();
  assert.equal(JSON.parse(await answer.textContent()).data.length, 1);
  await card(page, 'list_assignments').getByText('Answered 200').waitFor();
  await inspect(page, 'reference-tried', ['#list_assignments']);
  await check();
});

test('a GET without what it needs is not sent; a refusal is shown as it came', async () => {
  const { page, check } = await openPage('#get_assignment');
  const of = card(page, 'get_assignment');
  await of.getByRole('button', { name: 'Send' }).click();
  await of.getByText('assignment_id is needed.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'try-get_assignment-assignment-id');
  await check();
  const second = await browser.context.newPage();
  await second.goto(`${server.origin(slug)}/docs#get_me`);
  await card(second, 'get_me').getByRole('button', { name: 'Send' }).click();
  await card(second, 'get_me').getByText('Answered 401').waitFor();
  assert.equal(JSON.parse(await card(second, 'get_me').getByRole('region').textContent()).code, 'unauthenticated');
  await second.close();
});

test('the curl line of an operation does what it shows', async () => {
  const { page, check } = await openPage('#submit');
  const line = await page.locator('#submit .copy pre').first().textContent();
  assert.match(line, /^curl -X POST 'http:\/\/north-hill\.localhost:\d+\/v1\/submissions' -H "Authorization: Bearer \$TOKEN" -H 'Idempotency-Key: "essay-1"' -H 'Content-Type: application\/json' -d '\{/);
  assert.deepEqual(JSON.parse(line.slice(line.indexOf("-d '") + 4, -1)), api.paths['/v1/submissions'].post.requestBody.content['application/json'].example);
  await check();
});
