// What an institution's administrators look after (web/app/src/pages/admin): people, roster imports, branding, in a real browser before the real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PNG } from 'pngjs';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { longestTask, manyRows } from './long_lists.mjs';
import { rosterPackage } from './roster_package.mjs';

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
async function open(at, heading, prepare = () => {}) {
  const page = await openPage(app, '/plain');
  await prepare(page);
  await page.goto(app.origin() + at);
  await signIn(page, 'admin');
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  return page;
}

check('somebody is found by the beginning of a name, and made an administrator by it; that is taken back', async () => {
  const page = await open('/app/people', 'People');
  await page.getByText('253 rows').waitFor();
  await look(page, 'admin-people');
  await page.getByLabel('Role').selectOption('teacher');
  await page.getByLabel('Name').fill('grace');
  const row = page.getByRole('row', { name: /grace teacher/ });
  await row.waitFor();
  await row.getByRole('link').click();
  await page.getByText('Where the roles come from').waitFor();
  await look(page, 'admin-person');
  const { user_id } = (await ask('GET', '/v1/users?q=grace&role=teacher')).json().data.find(({ username }) => username === 'grace');
  const roles = async () => (await ask('GET', `/v1/users/${user_id}`)).json().roles;
  await page.getByRole('button', { name: 'Make an administrator' }).click();
  await page.getByLabel('Type grace to confirm').fill('grace');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove administrator role' }).waitFor();
  await page.getByRole('cell', { name: 'given here' }).waitFor();
  assert.ok((await roles()).includes('administrator'));
  await page.getByRole('button', { name: 'Remove administrator role' }).click();
  await page.getByRole('button', { name: 'Make an administrator' }).waitFor();
  assert.deepEqual(await roles(), ['teacher']);
  page.clean();
});

check('10,000 people are scrolled and sorted without a long task', async () => {
  const made = manyRows(10_000, (i) => ({ user_id: `usr_${String(i).padStart(32, '0')}`, username: `s${i}`, given_name: ['Ada', 'Björn', 'Zoë'][i % 3], family_name: `Name ${(i * 7919) % 10_000}`, email: null, active: true,
    roles: ['student'], has_password: i % 2 === 0, has_second_factor: false, signed_in_at: i % 3 ? '2026-11-29T08:00:00.000Z' : null, invited_until: i % 4 === 1 ? '2026-12-29T08:00:00.000Z' : null }));
  const page = await open('/app/people', 'People', (one) => one.route('**/v1/users?*', made));
  await page.getByText('10,000 rows').waitFor();
  const table = page.getByRole('table', { name: 'People' });
  const { scrolling, sorting } = await longestTask(page, table, 'Name');
  console.log(`longest task of scrolling ${scrolling} ms, of sorting ${sorting} ms`);
  assert.ok(scrolling < 100 && sorting < 100, `${scrolling} ms, ${sorting} ms`);
  page.clean();
});

const zip = (name, buffer) => ({ name, mimeType: 'application/zip', buffer });
async function checked(page, file) {
  await page.goto(`${app.origin()}/app/imports`);
  await page.getByLabel('Package').setInputFiles(file);
  await page.getByLabel('Source').fill('registry');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('heading', { name: 'Roster import', level: 1, exact: true }).waitFor();
}
const row = (page, name) => page.getByRole('table', { name: 'What would change' }).getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell').allTextContents();

check('a roster is looked at before it is applied; what is wrong is said with its line, and so many removals want the name', async () => {
  const page = await open('/app/imports', 'Roster imports');
  await checked(page, zip('spoilt.zip', rosterPackage(5, (rows) => { rows[1][3] = 'perhaps'; rows[3] = rows[3].slice(0, 4); return rows; })));
  await page.getByText('The import failed. Nothing was changed.').waitFor();
  const errors = page.getByRole('table', { name: 'Errors' });
  assert.deepEqual(await errors.getByRole('row').nth(1).getByRole('cell').allTextContents(), ['users.csv', '3', '9', 'enabledUser: "perhaps" is neither true nor false']);
  await look(page, 'admin-import-failed');

  await checked(page, zip('roster.zip', rosterPackage(400)));
  await page.getByText('Nothing has changed yet.').waitFor();
  assert.deepEqual((await row(page, 'People')).slice(0, 2), ['People', '400']);
  await page.getByText('People: Added').click();
  await page.getByText('Nova Newcomer').first().waitFor();
  await page.getByText('People: Added').click();
  await look(page, 'admin-import');
  assert.equal((await ask('GET', '/v1/users?q=newcomer')).json().data.length, 0, 'nothing is changed yet');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('The import was applied.').waitFor();
  assert.equal((await ask('GET', '/v1/users?q=newcomer&limit=1')).json().data.length, 1);

  await checked(page, zip('few.zip', rosterPackage(8)));
  await page.getByText('This import would remove or disable unusually many:').waitFor();
  await page.getByText('People: 392 of 400 (98 %)').first().waitFor();
  await look(page, 'admin-import-losses');
  await page.getByRole('button', { name: 'Apply' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove this many?' });
  await dialog.getByRole('textbox').fill('another name');
  assert.equal(await dialog.getByRole('button', { name: 'Apply' }).getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Cancel the import' }).click();
  await page.getByText('The import was cancelled. Nothing was changed.').waitFor();

  await checked(page, zip('few.zip', rosterPackage(8)));
  await page.getByRole('button', { name: 'Apply' }).click();
  await dialog.getByRole('textbox').fill('North Hill Academy');
  await page.keyboard.press('Enter');
  await page.getByText('The import was applied.').waitFor();
  assert.equal((await ask('GET', '/v1/users?q=newcomer&limit=200')).json().data.length, 8);
  await page.getByRole('link', { name: 'Roster imports' }).first().click();
  await page.getByText('1,176 removed').first().waitFor();
  await look(page, 'admin-imports');
  page.clean();
});

check('an institution’s colour is read easily whatever was chosen; its logo is put up and taken down; all of it is undone', async () => {
  const page = await open('/app/branding', 'Branding');
  const accent = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
  const before = await accent();
  await page.getByLabel('Use our own colour').check();
  await page.getByLabel('Colour', { exact: true }).fill('yellow');
  await page.getByText('Write # and six characters from 0 to 9 and a to f.').waitFor();
  await page.getByLabel('Colour', { exact: true }).fill('#ffcc00');
  await page.getByRole('group', { name: 'Light appearance' }).getByText(/^Darkened to #/).waitFor();
  await page.getByRole('group', { name: 'Dark appearance' }).getByText(/^As chosen\. Contrast: 1/).waitFor();
  await page.getByLabel('Short name').fill('North Hill');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.notEqual(await accent(), before);
  await page.waitForFunction(() => document.title === 'Branding – North Hill');

  const picture = new PNG({ width: 64, height: 32 });
  picture.data.fill(160);
  await page.getByLabel('Choose a picture').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: PNG.sync.write(picture) });
  await page.getByRole('img', { name: 'Logo of North Hill Academy' }).waitFor();
  await page.locator('.brand img').waitFor();
  await look(page, 'admin-branding'); // in its own colour, axe finds nothing in light and in dark
  await page.getByRole('button', { name: 'Remove the logo' }).click();
  await page.getByText('There is no logo.').waitFor();
  await page.locator('.toast', { hasText: 'The logo was removed.' }).getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('img', { name: 'Logo of North Hill Academy' }).waitFor();
  await page.getByLabel('Choose a picture').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.getByRole('alert').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--brand-light').trim()), (await accent()), 'the sign-in page too');
  page.clean();
});

check('an administrator reads it in a language that is written from right to left', async () => {
  const page = await open('/app/people', 'People');
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('heading', { name: 'الأشخاص', level: 1 }).waitFor();
  await look(page, 'admin-people-ar');
  page.clean();
});
