// The ways in and out of the app (web/app/src/shell): the waiting room, the second factor, and what stays on the device afterwards.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import jsQr from 'jsqr';
import { PNG } from 'pngjs';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { eventually } from './bellwether.mjs';

const skip = lacks();
let app, ada;
before(async () => {
  if (skip) return;
  app = await startApp();
  ada = await api(app, 'ada');
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(async () => { if (app) await emptied(app); });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

/** Of an authenticator app (RFC 6238). */
function codeOf(secret) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = crypto.createHmac('sha1', key).update(counter).digest(), at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** What a camera would read there. */
async function scanned(drawn) {
  const { data, width, height } = PNG.sync.read(await drawn.screenshot());
  return (jsQr.default ?? jsQr)(new Uint8ClampedArray(data), width, height)?.data;
}

check('a storm: the waiting room tells the place, keeps it, and goes on by itself', async () => {
  const page = await openPage(app), tickets = [];
  let let_in = false;
  await page.route('**/v1/sessions', (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    tickets.push(route.request().headers()['admission-ticket']);
    const { 'admission-ticket': _, ...headers } = route.request().headers(); // the server knows no such ticket
    if (let_in) return route.continue({ headers });
    return route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '1' },
      body: JSON.stringify({ type: 'about:blank', title: 'Busy', status: 503, code: 'overloaded', detail: 'wait', request_id: 'x', retryable: true, waiting: { place: 1234, estimate_seconds: 90, ticket: 'kept-place' } }) });
  });
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill('bell-at-nine');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('1,234 people are ahead of you').waitFor();
  await page.getByText('in about 2 minutes').waitFor();
  await look(page, 'waiting-room');
  await eventually('it asks again', () => tickets.length >= 2);
  let_in = true;
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  assert.equal(tickets[0], undefined);
  assert.ok(tickets.slice(1).every((ticket) => ticket === 'kept-place'), `tickets: ${tickets}`);
  page.clean();
});

check('whoever waits can stop, and a signed-out one is told so', async () => {
  const page = await openPage(app);
  await page.route('**/v1/sessions', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '30' },
    body: JSON.stringify({ type: 'about:blank', title: 'Busy', status: 503, code: 'overloaded', detail: 'wait', request_id: 'x', retryable: true, waiting: { place: 1, estimate_seconds: 5 } }) }) : route.continue()));
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill('bell-at-nine');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('1 person is ahead of you').waitFor();
  await page.getByRole('button', { name: 'Stop trying' }).click();
  await page.getByText('1 person is ahead of you').waitFor({ state: 'detached' });
  await page.unroute('**/v1/sessions');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  await ada('DELETE', '/v1/sessions'); // from elsewhere
  ada = await api(app, 'ada');
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

check('a second factor that must be: made on the way in, its recovery codes confirmed, wanted the next time, and done without', async () => {
  const admin = await api(app, 'admin');
  await admin('PATCH', '/v1/sign-in-policy', { staff_second_factor: 'required' }, true);
  const page = await openPage(app, '/app/devices');
  const enter = async () => {
    await page.getByLabel('User name').fill('grace');
    await page.getByLabel('Password').fill('bell-at-nine');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Second factor' }).waitFor();
  };
  const code = page.getByLabel('Code from your authenticator app'), goOn = page.getByRole('button', { name: 'Continue' });
  await enter();
  await page.getByText('Your institution requires a second factor.').waitFor();
  const secret = await page.locator('code.secret').textContent();
  const drawn = page.getByRole('img', { name: 'QR code of the secret' });
  assert.equal(await scanned(drawn), await page.getByRole('link', { name: 'Secret', exact: true }).getAttribute('href'));
  await look(page, 'second-factor-enrol');
  await code.fill(codeOf(secret));
  await goOn.click();
  const dialog = page.getByRole('dialog', { name: 'Recovery codes' });
  await dialog.waitFor();
  const [recovery, other] = await dialog.locator('code').allTextContents();
  await look(page, 'recovery-codes');
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Continue' }).click({ force: true });
  assert.equal(await dialog.isVisible(), true, 'it stays until they are kept');
  await dialog.getByLabel('I have saved them').check();
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('You have used a second factor since').waitFor();
  await admin('PATCH', '/v1/sign-in-policy', { staff_second_factor: 'optional' }, true);

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await enter();
  await code.fill('123456');
  await goOn.click();
  await page.getByText('This code is wrong').waitFor();
  await look(page, 'second-factor');
  await code.fill(recovery);
  await goOn.click();
  await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
  await page.getByRole('button', { name: 'Remove the second factor' }).click();
  await code.fill(other);
  await page.getByRole('button', { name: 'Remove the second factor' }).click();
  await page.getByText('Your second factor was removed.').waitFor();
  await page.getByRole('button', { name: 'Add a second factor' }).click();
  await page.getByText('Add this secret to an authenticator app').waitFor();
  page.clean();
});

check('signing out asks while something is unsent, and leaves nothing else of the person on the device', async () => {
  const { family_name } = await ada('GET', '/v1/me'), [assignment, drafted] = (await ada('GET', '/v1/assignments')).data.sort((a, b) => a.title.localeCompare(b.title));
  const page = await openPage(app, `/app/assignments/${assignment.assignment_id}`);
  await signIn(page, 'ada');
  await page.getByLabel('Your text').fill('Handed in and recorded.');
  await page.getByRole('button', { name: 'Hand in' }).click();
  await page.locator('.headline', { hasText: 'Recorded' }).waitFor();
  await page.goto(`${app.origin()}/app/assignments/${drafted.assignment_id}`);
  await page.getByLabel('Your text').fill('Half a thought');
  await page.getByText('Draft saved on this device').waitFor();
  await page.route('**/v1/submissions', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await page.goto(`${app.origin()}/app/assignments/${assignment.assignment_id}`);
  await page.getByRole('button', { name: 'Hand in again' }).click();
  await page.getByLabel('Your text').fill('Not sent yet.');
  await page.getByRole('button', { name: 'Hand in', exact: true }).click();
  await page.locator('.headline', { hasText: 'Only on this device.' }).waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('dialog', { name: 'Sign out with unsent work?' }).waitFor();
  await page.getByText(drafted.title).waitFor();
  await look(page, 'sign-out');
  await page.getByRole('button', { name: 'Stay signed in' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out anyway' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const left = () => page.evaluate(async () => {
    const all = {};
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise((done) => { const opening = indexedDB.open(name); opening.onsuccess = () => done(opening.result); });
      for (const store of db.objectStoreNames) all[name] = (all[name] ?? []).concat(await new Promise((done) => { const asked = db.transaction(store).objectStore(store).getAll(); asked.onsuccess = () => done(asked.result); }));
      db.close();
    }
    return { all, words: JSON.stringify(all) + JSON.stringify(localStorage) };
  });
  await eventually('only what is unsent is left', async () => {
    const { all, words } = await left();
    return words.includes('Not sent yet.') && words.includes('Half a thought') && !words.includes('Handed in and recorded.') && !words.includes(family_name) && (all['bellwether.kept'] ?? []).length === 0;
  });
  await page.unroute('**/v1/submissions');
  await signIn(page, 'ada'); // and it goes out
  await page.locator('.headline', { hasText: 'Recorded' }).waitFor();
});
