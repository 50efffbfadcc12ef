// The timetable (web/app/src/pages/everybody) for students and teachers: the week, the day, addresses for calendar programs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { emptied } from './app_people.mjs';
import { addDays, makeTimetable, openThere } from './timetable.mjs';

const skip = lacks();
let app;
before(async () => {
  if (skip) return;
  app = await startApp();
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await emptied(app);
  await deed();
});
let made;
const timetable = async () => (made ??= await makeTimetable(app));
const open = (at, username) => openThere(app, at, username);

check('without a timetable the page says so, and today has no card', async () => {
  const page = await open('/app/timetable', 'ada');
  await page.getByText('Your institution has no timetable yet.').waitFor();
  await look(page, 'timetable-none');
  const answered = ['/v1/today', '/v1/next-bell'].map((path) => page.waitForResponse(app.origin() + path));
  await page.goto(`${app.origin()}/app/today`);
  await page.getByRole('heading', { name: 'What is new' }).waitFor();
  for (const answer of await Promise.all(answered)) await answer.finished();
  assert.equal(await page.getByText('Lessons today').count(), 0);
  page.clean();
});

check('the week says what is now, changed, cancelled and a holiday, goes on by keyboard, and shows without a network', async () => {
  const { monday, shared, other } = await timetable();
  const page = await open('/app/timetable', 'ada');
  const day = page.getByRole('main').locator('section[aria-current="date"]');
  await day.getByText('cancelled').waitFor();
  await day.locator('li[aria-current="time"]').getByText('now', { exact: true }).waitFor();
  await day.locator('li[aria-current="time"]').getByText('Changed: another room or teacher than usual').waitFor();
  await day.locator('li[aria-current="time"]').getByText('Room Hall').waitFor();
  assert.deepEqual(await day.getByRole('listitem').locator('time').allTextContents(), ['09:00–10:00', '11:30–14:30']);
  await day.getByRole('listitem').filter({ hasText: 'cancelled' }).getByRole('link', { name: other.title }).waitFor();
  await page.getByText('not in this device’s:').waitFor();
  await page.getByRole('link', { name: 'Later week' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Holiday: Founders’ Day').waitFor();
  await page.getByText('Half day: Parents’ afternoon').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('from'), addDays(monday, 7));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Later week', 'the keyboard stays where it was');
  await look(page, 'timetable-week');
  await page.getByLabel('Language').selectOption('ar');
  await page.getByText('عطلة: Founders’ Day').waitFor();
  await look(page, 'timetable-week-ar');
  await page.getByLabel('اللغة').selectOption('en');

  await app.context.setOffline(true);
  try {
    await page.getByRole('link', { name: 'This week' }).click();
    await day.getByText('cancelled').waitFor();
    await day.getByText('Room Hall').waitFor();
    await page.getByRole('link', { name: 'Later week' }).click();
    await page.getByText('Holiday: Founders’ Day').waitFor();
    await page.getByText(/^As of/).first().waitFor();
  } finally { await app.context.setOffline(false); }

  await page.goto(`${app.origin()}/app/timetable?from=${addDays(monday, 280)}`);
  await page.getByText('You have no lessons this week.').waitFor();
  await page.getByRole('link', { name: 'This week' }).click();
  await day.getByRole('link', { name: shared.title }).first().click();
  await page.getByRole('heading', { name: shared.title, level: 1 }).waitFor();
  page.clean();
});

check('today has the lessons in order, the one that is on, and the next bell, for whoever learns and whoever teaches', async () => {
  await timetable();
  for (const username of ['ada', 'grace']) {
    await emptied(app);
    const page = await open('/app/today', username);
    const card = page.locator('section.card', { has: page.getByRole('heading', { name: 'Lessons today' }) });
    await card.getByText('Next bell:').waitFor();
    assert.match(await card.getByRole('timer').textContent(), /^in [1-3] hours?/);
    assert.deepEqual(await card.locator('.lesson-when').evaluateAll((all) => all.map((one) => one.querySelector('.dim').textContent)), username === 'ada' ? ['P1', 'P2', 'P3'] : ['P1', 'P2']);
    await card.locator('li[aria-current="time"]').getByText('now', { exact: true }).waitFor();
    await look(page, `timetable-today-${username}`);
    await card.getByRole('link', { name: 'The whole week' }).click();
    await page.getByRole('heading', { name: 'Timetable', level: 1 }).waitFor();
    page.clean();
  }
});

check('an address for a calendar program is shown once, read by whoever knows it, and revoked', async () => {
  await timetable();
  const page = await open('/app/timetable?from=2027-01-04', 'ada');
  await page.getByText('You have no addresses.').waitFor();
  await page.getByLabel('Where you will use it').fill('My phone');
  await page.keyboard.press('Enter');
  const address = await page.getByLabel('Address', { exact: true }).inputValue();
  await page.getByText('Anyone who knows the address can see your lessons').waitFor();
  await page.getByRole('button', { name: 'Copy the address' }).click();
  await page.getByText('Copied.').waitFor();
  const read = () => app.server.request('north-hill', 'GET', new URL(address).pathname);
  assert.match((await read()).text, /^BEGIN:VCALENDAR/);
  await page.reload();
  await page.getByRole('button', { name: 'Revoke: My phone' }).waitFor();
  assert.equal(await page.getByLabel('Address', { exact: true }).count(), 0);
  await page.getByRole('button', { name: 'Revoke: My phone' }).click();
  await page.getByRole('dialog', { name: 'Revoke “My phone”?' }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('You have no addresses.').waitFor();
  assert.equal((await read()).status, 404);
  page.clean();
});
