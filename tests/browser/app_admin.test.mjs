// The administrator's pages (web/app/src/pages/admin) in a real browser before the real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';

const skip = lacks();
let app, token;
before(async () => {
  if (skip) return;
  app = await startApp();
  token = (await app.server.request('north-hill', 'POST', '/v1/sessions', { body: { username: 'admin', password: 'bell-at-nine' } })).json().access_token;
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await app.browser.closeTabs();
  await app.context.clearCookies();
  const page = await openPage(app, '/plain');
  await page.evaluate(async () => { localStorage.clear(); for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name); });
  await page.close();
  await deed();
});

const ask = (method, target, body, headers = {}) => app.server.request('north-hill', method, target, { body, headers: { Authorization: `Bearer ${token}`, ...headers } });
async function open(at, heading, who = 'admin') {
  const page = await openPage(app, at);
  await signIn(page, who);
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  return page;
}

check('these pages are for administrators', async () => {
  const page = await open('/app/policy', 'You do not have access to this page.', 'ada');
  assert.equal(await page.getByRole('link', { name: 'Sign-in policy' }).count(), 0);
  page.clean();
});

check('the policy is changed by keyboard, and changed back', async () => {
  const page = await open('/app/policy', 'Sign-in policy');
  const stands = async () => (await ask('GET', '/v1/sign-in-policy')).json().staff_second_factor;
  await page.getByLabel('For teachers and administrators').waitFor();
  await look(page, 'admin-policy');
  await page.getByLabel('For teachers and administrators').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Saved.').waitFor();
  assert.equal(await stands(), 'required');
  await page.getByRole('button', { name: 'Undo' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('For teachers and administrators').and(page.locator('select')).evaluate(async (element) => { while (element.isConnected && element.value !== 'optional') await new Promise(requestAnimationFrame); });
  assert.equal(await stands(), 'optional');

  const passwords = page.getByRole('form', { name: 'Passwords' });
  await passwords.getByLabel('Minimum length for students').fill('3');
  await passwords.getByRole('button', { name: 'Save' }).click();
  await passwords.locator('.field-error').waitFor();
  await passwords.getByLabel('Minimum length for students').fill('6');
  await passwords.getByRole('button', { name: 'Save' }).click();
  await eventually('it is six', async () => (await ask('GET', '/v1/password-policy')).json().student_chars_min === 6);
  page.clean();
});

check('somebody else changed the policy meanwhile: nothing is lost, both show, and the way back undoes nobody else\'s', async () => {
  const page = await open('/app/policy', 'Sign-in policy');
  const mails = page.getByRole('form', { name: 'Mail to students' }), stands = async () => (await ask('GET', '/v1/notice-policy')).json();
  const elsewhere = async (body) => {
    const before = await ask('GET', '/v1/notice-policy');
    assert.equal((await ask('PUT', '/v1/notice-policy', body, { 'If-Match': before.headers.etag })).status, 200);
  };
  await mails.getByLabel('When a result is released').check();
  await elsewhere({ grade_mails: false, announcement_mails: true });
  await page.evaluate(() => dispatchEvent(new Event('online'))); // what is read anew leaves what was written alone
  await mails.getByRole('button', { name: 'Save' }).click();
  await mails.getByText('Someone else changed this while you were working.').waitFor();
  assert.deepEqual(await stands(), { grade_mails: false, announcement_mails: true });
  await mails.getByRole('row', { name: 'When a result is released no yes' }).waitFor();
  await mails.getByRole('row', { name: 'When there is an announcement yes no' }).waitFor();
  await look(page, 'admin-two-versions');
  await mails.getByRole('button', { name: 'Save my version' }).click();
  await page.getByText('Saved.').waitFor();
  assert.deepEqual(await stands(), { grade_mails: true, announcement_mails: false });

  await elsewhere({ grade_mails: true, announcement_mails: true });
  await eventually('the page has read it', async () => {
    await page.evaluate(() => dispatchEvent(new Event('visibilitychange')));
    return mails.getByLabel('When there is an announcement').isChecked();
  });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('.toast', { hasText: 'Someone else changed this in the meantime.' }).waitFor();
  assert.deepEqual(await stands(), { grade_mails: true, announcement_mails: true });

  await mails.getByLabel('When a result is released').uncheck();
  await elsewhere({ grade_mails: false, announcement_mails: false });
  await mails.getByRole('button', { name: 'Save' }).click();
  await mails.getByRole('button', { name: 'Keep the saved version' }).click();
  await eventually('theirs shows', async () => !(await mails.getByLabel('When there is an announcement').isChecked()));
  assert.deepEqual(await stands(), { grade_mails: false, announcement_mails: false });
});

check('an identity provider is added, taken out of use, and removed by its name', async () => {
  const page = await open('/app/policy', 'Sign-in policy');
  await page.getByRole('link', { name: 'Add a provider' }).click();
  await page.getByRole('heading', { name: 'Add a provider' }).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Hill accounts');
  await page.getByLabel('Issuer').fill('not an address');
  await page.getByLabel('Client id').fill('bellwether');
  await page.getByLabel('Client secret').fill('a-secret-of-ours');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.field-error').waitFor();
  await page.getByLabel('Issuer').fill('https://login.hill.example');
  await page.getByLabel('Required claims').fill('hd: hill.example');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Hill accounts' }).waitFor();
  await page.getByText('Register it at the provider.').waitFor();
  await look(page, 'admin-provider');
  const [{ provider_id }] = (await ask('GET', '/v1/identity-providers')).json().data;
  const stands = async () => (await ask('GET', `/v1/identity-providers/${provider_id}`)).json();
  assert.deepEqual((await stands()).settings.required_claims, { hd: ['hill.example'] });
  await page.getByLabel('In use').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  await eventually('it is out of use', async () => !(await stands()).enabled); // the toast may be of the save before
  await page.getByRole('button', { name: 'Remove the provider' }).click();
  await page.getByLabel('Type Hill accounts to confirm').fill('Hill accounts');
  await page.keyboard.press('Enter');
  await page.getByText('People sign in only with a password.').waitFor();
  assert.deepEqual((await ask('GET', '/v1/identity-providers')).json().data, []);
  page.clean();
});

check('everybody is invited by the name of the institution; who has a password is left out, and that is said', async () => {
  const page = await open('/app/policy/invitations', 'Invitations');
  await page.getByRole('button', { name: 'Invite everyone' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite everyone?' });
  const name = (await dialog.locator('label').textContent()).replace(/^Type (.*) to confirm$/, '$1');
  await dialog.getByRole('textbox').fill(name);
  await page.keyboard.press('Enter');
  await page.getByText(/^Not invited: [1-9]/).waitFor();
  await look(page, 'admin-invitations');
  page.clean();
});

check('a bell is expected, removed, and expected again by undoing', async () => {
  const page = await open('/app/bells', 'Bells');
  await page.getByText('There are no bells.').waitFor();
  await page.getByLabel('Length in minutes').fill('90');
  await page.getByRole('button', { name: 'Add a bell' }).click();
  await page.getByRole('cell', { name: '1 hour 30 minutes' }).waitFor();
  await look(page, 'admin-bells');
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByText('There are no bells.').waitFor();
  assert.deepEqual((await ask('GET', '/v1/bells')).json().data, []);
  await page.locator('.toast', { hasText: 'The bell was removed.' }).getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('cell', { name: '1 hour 30 minutes' }).waitFor();
  assert.equal((await ask('GET', '/v1/bells')).json().data[0].lasts_seconds, 5400);
  page.clean();
});

check('an institution’s dead letters come back after it was said what would happen', async () => {
  const sent = [], letters = { kind: 'file.scan', error: 'scanner away', count: 3, oldest_created_at: '2026-11-29T08:00:00.000Z' };
  const page = await openPage(app, '/plain');
  await page.route('**/v1/dead-letters', (route) => route.fulfill({ json: { data: sent.length < 2 ? [letters] : [] } }));
  await page.route('**/v1/dead-letters/redrive', (route) => {
    sent.push(route.request().postDataJSON());
    return route.fulfill({ json: { dry_run: sent.at(-1).dry_run, count: 3, left: 0, over_seconds: 1, job_ids: [] } });
  });
  await page.goto(`${app.origin()}/app/jobs`);
  await signIn(page, 'admin');
  await page.getByText('scanner away').waitFor();
  await look(page, 'admin-jobs');
  await page.getByRole('button', { name: 'Redrive file.scan' }).click();
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: 'Redrive 3' }).click();
  await page.getByText('There are no dead letters.').waitFor();
  assert.deepEqual(sent.map(({ dry_run }) => dry_run), [true, false]);
  page.clean();
});
