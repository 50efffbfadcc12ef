// The operator's pages (web/app/src/pages/operator) in a real browser before the real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, openPage } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { longestTask, manyRows } from './long_lists.mjs';
import { nowhere, startOperator } from './operator.mjs';

const skip = lacks();
let app;
before(async () => { if (!skip) app = await startOperator(); }, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await app.browser.closeTabs();
  await deed();
});

check('a wrong token is refused; a good one opens the pages by keyboard, is kept nowhere, and is gone on leaving', async () => {
  const page = await openPage(app, '/app/operator/tenants', nowhere);
  await page.getByLabel('Operator token').fill('bwop_wrong');
  await page.keyboard.press('Enter');
  await page.getByText('This token does not work').waitFor();
  await look(page, 'operator-enter');
  await page.getByLabel('Operator token').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(app.token);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'North Hill Academy' }).waitFor();
  const kept = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state,
    await Promise.all((await indexedDB.databases()).map(async ({ name }) => new Promise((done) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = async () => {
        const all = await Promise.all([...opening.result.objectStoreNames].map((store) => new Promise((read) => {
          const rows = opening.result.transaction(store).objectStore(store).getAll();
          rows.onsuccess = () => read(rows.result);
        })));
        opening.result.close();
        done(all);
      };
    })))]));
  assert.ok(!kept.includes(app.token) && !kept.includes('North Hill'), kept);
  await page.reload();
  await page.getByLabel('Operator token').waitFor();
  await page.getByLabel('Operator token').fill(app.token);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'North Hill Academy' }).waitFor();
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByLabel('Operator token').waitFor();
  page.clean();
});

check('leaving for another page drops the token, and a revoked one says so', async () => {
  const page = await app.enter();
  await page.locator('a.brand').click();
  await page.getByRole('heading', { name: 'No institution at this address' }).waitFor();
  await page.goBack();
  await page.getByLabel('Operator token').waitFor();
  const other = await app.newToken();
  await page.getByLabel('Operator token').fill(other);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'North Hill Academy' }).waitFor();
  await page.route('**/v1/operator/outages', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json',
    json: { type: 'urn:x', title: 'Sign in first', status: 401, code: 'unauthenticated', detail: 'revoked', request_id: '0', retryable: false } }));
  await page.getByRole('link', { name: 'Outages' }).click();
  await page.getByText('The token no longer works').waitFor();
});

check('an institution is made, changed and changed back, suspended by its name and served again', async () => {
  const page = await app.enter();
  assert.equal(await page.getByRole('navigation').count(), 1, 'one menu');
  await look(page, 'operator-tenants');
  await page.getByRole('button', { name: 'New institution' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Lake Side School');
  await dialog.getByLabel('Slug').fill('north-hill');
  await dialog.getByRole('button', { name: 'New institution' }).click();
  await dialog.locator('.field-error, [role=alert]').first().waitFor(); // taken
  await dialog.getByLabel('Slug').fill('lake-side');
  await dialog.getByLabel('Time zone').selectOption('Africa/Cairo');
  await dialog.getByRole('button', { name: 'New institution' }).click();
  await page.getByRole('heading', { name: 'Lake Side School', level: 1 }).waitFor();
  await look(page, 'operator-tenant');

  await page.getByLabel('Name', { exact: true }).fill('Lakeside School');
  await page.getByRole('group', { name: 'Requests of each person' }).getByLabel('Limited').check();
  await page.getByLabel('Average per second').fill('20');
  await page.getByLabel('Burst').fill('40');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Lakeside School', level: 1 }).waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const stands = async () => (await app.ask('GET', `/v1/operator/tenants/${id}`)).json();
  assert.deepEqual((await stands()).quotas, { tenant: null, principal: { requests_per_second: 20, burst: 40 } });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('heading', { name: 'Lake Side School', level: 1 }).waitFor();
  assert.deepEqual((await stands()).quotas, { tenant: null, principal: null });

  await page.getByRole('button', { name: 'Suspend' }).click();
  const suspending = page.getByRole('dialog', { name: 'Suspend Lake Side School?' });
  await suspending.getByLabel('Type lake-side to confirm').fill('lake');
  assert.equal(await suspending.getByRole('button', { name: 'Suspend' }).getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Enter');
  assert.equal((await stands()).state, 'active', 'not by another name');
  await suspending.getByLabel('Type lake-side to confirm').fill('lake-side');
  await page.keyboard.press('Enter');
  await page.getByText('Lake Side School is suspended.').waitFor();
  await page.locator('.facts .chip', { hasText: 'suspended' }).waitFor();
  assert.equal((await stands()).state, 'suspended');
  await page.getByRole('button', { name: 'Serve again' }).click();
  await page.locator('.facts .chip', { hasText: 'served' }).waitFor();
  assert.equal((await stands()).state, 'active');

  await page.getByRole('link', { name: 'Operator log' }).click();
  await page.getByText('tenant.suspended').first().waitFor();
  await look(page, 'operator-book');
  page.clean();
});

check('10,000 institutions are found, sorted and scrolled without a long task, by keyboard too', async () => {
  const names = (i) => `Institution ${String((i * 7919) % 10_000).padStart(5, '0')}`;
  const made = manyRows(10_000, (i) => ({ tenant_id: `ten_${String(i).padStart(32, '0')}`, slug: `institution-${i}`, name: names(i), state: i % 10 ? 'active' : 'suspended', zone: 'Europe/London',
    locale: 'en', hosts: [], quotas: { tenant: null, principal: null }, version: 1, created_at: '2026-11-30T08:00:00.000Z', changed_at: '2026-11-30T08:00:00.000Z' }));
  const page = await app.enter('/app/operator/tenants', (one) => one.route('**/v1/operator/tenants?limit=500*', made));
  await page.getByText('10,000 rows').waitFor();
  const table = page.getByRole('table', { name: 'Institutions' });
  assert.equal(await table.getAttribute('aria-rowcount'), '10001');
  assert.ok(await table.locator('tbody tr').count() < 120, 'only those in sight are in the document');

  const { scrolling, sorting } = await longestTask(page, table, 'Name');
  console.log(`longest task of scrolling ${scrolling} ms, of sorting ${sorting} ms`);
  assert.ok(scrolling < 100, `${scrolling} ms`);
  assert.ok(sorting < 100, `${sorting} ms`);

  assert.equal(await table.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort'), 'ascending');
  await table.getByRole('link', { name: 'Institution 00000' }).focus();
  const at = () => page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('ArrowDown');
  await eventually('the next row has the keyboard', async () => (await at()) === 'Institution 00001');
  await page.keyboard.press('End');
  await eventually('the last row has the keyboard', async () => (await at()) === 'Institution 09999');
  assert.equal(await page.evaluate(() => document.activeElement.closest('tr').getAttribute('aria-rowindex')), '10001');
  await page.keyboard.press('Home');
  await eventually('the first row has the keyboard', async () => (await at()) === 'Institution 00000');
  await page.getByRole('region', { name: 'Institutions' }).evaluate((element) => { element.scrollTop = 1e6; });
  await eventually('what is scrolled away leaves the keyboard at the table', () => page.evaluate(() => document.activeElement.getAttribute('role') === 'region'));
  await page.getByLabel('Search by name').fill('institution-77');
  await page.getByText('111 rows').waitFor();
  await page.getByRole('region', { name: 'Institutions' }).evaluate((element) => { element.scrollTop = 0; });
  await page.locator('tr[aria-rowindex="2"]').waitFor();
  await look(page, 'operator-many');
  page.clean();
});

check('a redrive says first what it would do, and then does it at the rate', async () => {
  const sent = [], letters = { tenant_id: 'ten_01a22a404f2e7efda66e146a5f7b3dea', slug: 'north-hill', kind: 'submission.similarity', error: 'timeout: took longer than 30 s', count: 1200, oldest_created_at: '2026-11-29T08:00:00.000Z' };
  const page = await app.enter('/app/operator/dead-letters', async (one) => {
    await one.route('**/v1/operator/dead-letters?*', (route) => route.fulfill({ json: sent.length < 3 ? { data: [letters], letters: 1200, reasons: 1 } : { data: [], letters: 0, reasons: 0 } }));
    await one.route('**/v1/operator/dead-letters/redrive', (route) => {
      const wanted = route.request().postDataJSON();
      sent.push(wanted);
      return route.fulfill({ json: { dry_run: wanted.dry_run, count: Math.min(1200, wanted.limit), left: 1200 - Math.min(1200, wanted.limit), over_seconds: Math.ceil(Math.min(1200, wanted.limit) / wanted.per_second), job_ids: [] } });
    });
  });
  await page.getByText('1,200 dead letters of one reason.').waitFor();
  await look(page, 'operator-dead-letters');
  await page.getByRole('button', { name: 'Redrive submission.similarity of north-hill' }).click();
  const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' });
  assert.equal(await dialog.getByRole('button', { name: /^Redrive/ }).count(), 0, 'not before it is known what happens');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByText('1,000 jobs would be redriven').waitFor();
  await dialog.getByText('200 more match and would stay. Nothing has changed yet.').waitFor();
  await dialog.getByLabel('At most').fill('2000');
  assert.equal(await dialog.getByRole('button', { name: /^Redrive/ }).count(), 0, 'what was told is of other numbers');
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByRole('button', { name: 'Redrive 1,200' }).click();
  await page.getByText('1,200 jobs were redriven, the last one due in: 2 minutes.').waitFor();
  await page.getByText('There are no dead letters.').waitFor();
  assert.deepEqual(sent.map(({ dry_run, limit }) => [dry_run, limit]), [[true, 1000], [true, 2000], [false, 2000]]);
  assert.deepEqual(sent[2], { kind: 'submission.similarity', error_begins_with: letters.error, limit: 2000, per_second: 10, tenant_id: letters.tenant_id, dry_run: false });
});

check('an outage is declared by its length, a signing key is made and revoked by its name', async () => {
  const page = await app.enter('/app/operator/outages');
  await page.getByText('works', { exact: true }).first().waitFor();
  await look(page, 'operator-outages');
  await page.getByRole('button', { name: 'Declare an outage' }).click();
  const dialog = page.getByRole('dialog');
  const field = async (ms) => page.evaluate((at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16), Date.now() - ms);
  await dialog.getByLabel('Started').fill(await field(0));
  await dialog.getByLabel('Ended').fill(await field(3_600_000));
  await dialog.getByText('The end must be after the start.').waitFor();
  await dialog.getByLabel('Started').fill(await field(3 * 3_600_000));
  await dialog.getByLabel('Reason').fill('The line of the city was cut.');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('dialog').getByLabel('Type 2 hours to confirm').fill('2 hours');
  await page.keyboard.press('Enter');
  await page.getByRole('cell', { name: 'The line of the city was cut.' }).waitFor();

  await page.getByRole('link', { name: 'Signing keys' }).click();
  await page.getByText('signing', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Make the next key' }).click();
  await page.getByRole('dialog').getByLabel('Algorithm').selectOption('ES256');
  await page.getByRole('dialog').getByRole('button', { name: 'Make the next key' }).click();
  const made = page.getByRole('row', { name: /announced/ });
  await made.waitFor();
  await look(page, 'operator-keys');
  const { data } = (await app.ask('GET', '/v1/operator/signing-keys')).json(), { kid } = data.find(({ state }) => state === 'announced');
  await page.reload();
  await page.getByLabel('Operator token').fill(app.token);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Revoke ${kid}` }).click();
  await page.getByLabel(`Type ${kid} to confirm`).fill(kid);
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: new RegExp(`${kid} revoked`) }).waitFor();
  assert.equal((await app.ask('GET', '/v1/operator/signing-keys')).json().data.find((key) => key.kid === kid).state, 'revoked');
  page.clean();
});
