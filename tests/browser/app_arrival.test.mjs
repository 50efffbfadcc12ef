// Into the app by way of an identity provider, a real one (tests/federation): there, and back as whoever that is, in place of whoever was here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lacks, signIn, startApp } from './app.mjs';
import { api } from './app_people.mjs';

const packages = fileURLToPath(new URL('../federation/node_modules/oidc-provider', import.meta.url));
const skip = lacks() ?? (fs.existsSync(packages) ? undefined : 'no packages (cd tests/federation && npm ci)'), slug = 'north-hill';
let app, provider;
before(async () => {
  if (skip) return;
  app = await startApp(['--federation-private']);
  provider = await (await import('../federation/provider.mjs')).startProvider();
  const admin = await api(app, 'admin'), client = { client_id: 'the-app', client_secret: 'of-the-provider' };
  const { redirect_uri } = await admin('POST', '/v1/identity-providers', { name: 'North District', issuer: provider.issuer, link_by_email: true, ...client });
  provider.know([{ ...client, redirect_uris: [redirect_uri], response_types: ['code'], grant_types: ['authorization_code'], token_endpoint_auth_method: 'client_secret_basic' }]);
  provider.control({ accounts: { ada: { email: `ada@${slug}.example`, email_verified: true, given_name: 'Ada' } } });
}, { timeout: 180_000 });
after(async () => { try { await provider?.kill(); } finally { await app?.stop(); } }, { timeout: 60_000 });

test('there and back: the page that was wanted, as the one whom the provider names, without `arrived` in the address', { timeout: 90_000, skip }, async () => {
  const page = await app.context.newPage(), origin = app.server.origin(slug), errors = [];
  await page.setViewportSize({ width: 1440, height: 900 });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${origin}/app/assignments`);
  await page.getByRole('link', { name: 'Sign in with North District' }).click();
  await page.waitForURL((url) => url.origin === provider.issuer);
  await page.locator('input[name=login]').fill('ada');
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click(); // what the provider tells of her
  await page.getByRole('heading', { level: 1, name: 'Assignments' }).waitFor();
  assert.equal(page.url(), `${origin}/app/assignments`);
  await page.locator('.account', { hasText: 'ada' }).waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(async () => (await (await fetch('/v1/me')).json()).username), 'ada');

  // Another signs in here by password, and she comes back by the provider: the page is hers.
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signIn(page, 'grace');
  const start = (await app.server.request(slug, 'GET', '/v1/sign-in-methods')).json().data[0].start;
  await page.goto(`${origin}${start}?mode=cookie&return_to=${encodeURIComponent('/app/today?arrived=1')}`);
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await page.locator('.account', { hasText: 'ada' }).waitFor({ state: 'attached' });
  assert.equal(await page.locator('.account', { hasText: 'grace' }).count(), 0);
  assert.equal(page.url(), `${origin}/app/today`);
  assert.deepEqual(errors, []);
});
