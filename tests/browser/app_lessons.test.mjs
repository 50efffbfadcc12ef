// Single lessons, one day's changes, and the timetable's frame (web/app/src/pages/admin), as administrators change them and as teachers see them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { eventually } from './bellwether.mjs';
import { toast } from './school.mjs';
import { addDays, makeTimetable, openThere } from './timetable.mjs';

const skip = lacks();
let app, admin, grace, made, today;
before(async () => {
  if (skip) return;
  app = await startApp();
  [admin, grace] = [await api(app, 'admin'), await api(app, 'grace')];
  made = await makeTimetable(app);
  today = (await grace('GET', '/v1/today')).date;
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await emptied(app);
  await deed();
});
const open = (at, username = 'admin') => openThere(app, at, username);
const lessons = async () => (await admin('GET', '/v1/lessons?limit=500')).data;
const day = async (date) => (await admin('GET', `/v1/timetable/day?date=${date}`)).lessons;

check('a lesson is added, changed and removed, each with its way back; by keyboard; what another changed meanwhile is not overwritten', async () => {
  const page = await open('/app/admin/timetable/lessons'), before = (await lessons()).length;
  await page.getByRole('table', { name: 'Lessons' }).getByText('Laboratory').waitFor();
  await look(page, 'admin-lessons');
  await page.getByRole('button', { name: 'Add a lesson' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Section').selectOption(made.other.section_id);
  await dialog.getByLabel('Period').selectOption('P2');
  await dialog.getByLabel('Wednesday').check();
  await dialog.getByLabel('Monday').check();
  await dialog.getByLabel('Room').fill('Attic');
  await dialog.getByLabel('Teacher').selectOption({ label: 'Grace Patel' });
  await look(page, 'admin-lesson-add');
  await dialog.getByRole('button', { name: 'Add a lesson' }).focus();
  await page.keyboard.press('Enter');
  await toast(page, 'The lesson was added.').waitFor();
  const attic = async () => (await lessons()).find(({ room }) => room === 'Attic' || room === 'Cellar');
  assert.deepEqual((await attic()).days, ['Mo', 'We']);
  const row = page.getByRole('row', { name: /Attic/ });
  await row.getByText('Grace Patel').waitFor();

  await row.getByRole('button', { name: /^Change / }).click();
  await dialog.getByLabel('Room').fill('Cellar');
  const { lesson_id } = await attic();
  await admin('PATCH', `/v1/lessons/${lesson_id}`, { period: 'P3' }, true); // another, meanwhile
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Someone else changed this while you were working.').waitFor();
  await dialog.getByRole('button', { name: 'Save my version' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /Cellar/ }).waitFor();
  assert.equal((await attic()).room, 'Cellar');
  await toast(page, 'Saved').getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('row', { name: /Attic/ }).waitFor();

  await page.getByLabel('Find').fill('att');
  await page.getByRole('row', { name: /Laboratory/ }).waitFor({ state: 'detached' });
  await page.getByRole('row', { name: /Attic/ }).getByRole('button', { name: /^Remove / }).click();
  await page.getByText('No lesson matches.').waitFor();
  assert.equal((await lessons()).length, before);
  await toast(page, 'The lesson was removed.').getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('row', { name: /Attic/ }).waitFor();
  await admin('DELETE', `/v1/lessons/${(await attic()).lesson_id}`, undefined, true);
  page.clean();
});

check('one day: another room and teacher, cancelled, as usual again; the substitute and the section see it', async () => {
  const ahead = new Date(`${today}T00:00:00Z`).getUTCDay() === 0 ? 2 : 1; // on a Sunday the next day is the holiday
  const page = await open('/app/admin/timetable/day'), then = addDays(today, ahead), hopper = (await admin('GET', '/v1/users?limit=200&role=teacher')).data.find(({ username }) => username !== 'grace');
  await page.getByRole('row', { name: /Hall/ }).getByText('instead of 12').waitFor();
  await page.getByRole('row', { name: /Laboratory/ }).waitFor({ state: 'detached' });
  await page.getByText('cancelled').first().waitFor();
  await look(page, 'admin-school-day');
  for (let days = 1; days <= ahead; ++days) {
    await page.getByRole('link', { name: 'Day after' }).click();
    await page.waitForURL((url) => url.searchParams.get('date') === addDays(today, days));
  }
  await page.getByRole('row', { name: /Laboratory/ }).waitFor();
  const first = page.getByRole('row', { name: /P1/ });
  await first.getByRole('button', { name: /^Room or teacher/ }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Room', { exact: true }).fill('Library');
  await dialog.getByLabel('Taught by').selectOption(hopper.user_id);
  await look(page, 'admin-school-day-change');
  await dialog.getByLabel('Room', { exact: true }).focus();
  await page.keyboard.press('Enter');
  await first.getByText('substitute').waitFor();
  await first.getByText('Library').waitFor();
  assert.equal((await day(then)).find(({ period }) => period === 'P1').teacher_id, hopper.user_id);

  await first.getByRole('button', { name: /^Cancel/ }).click();
  await first.getByText('cancelled').waitFor();
  await toast(page, 'cancelled on this day').getByRole('button', { name: 'Undo' }).click();
  await first.getByText('Library').waitFor();
  await first.getByRole('button', { name: /^As usual/ }).click();
  await first.getByText('as usual').waitFor();
  await eventually('the day is as usual', async () => (await day(then)).find(({ period }) => period === 'P1').changed === false); // the button says those words too
  await toast(page, 'as usual on this day').getByRole('button', { name: 'Undo' }).click();
  await first.getByText('Library').waitFor();
  page.clean();

  await emptied(app);
  const lesson = (await day(then)).find(({ period }) => period === 'P1');
  await admin('PUT', `/v1/lessons/${lesson.lesson_id}/days/${then}`, { room: 'Library' }); // whoever teaches it is grace again
  const theirs = await open(`/app/timetable?from=${then}`, 'grace');
  await theirs.getByText('Changed: another room or teacher than usual').first().waitFor();
  await theirs.getByText('Room Library').waitFor();
  await admin('DELETE', `/v1/lessons/${lesson.lesson_id}/days/${then}`);
  theirs.clean();
});

check('from right to left', async () => {
  const page = await open('/app/admin/timetable/day');
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('heading', { name: 'دروس يوم واحد', level: 1 }).waitFor();
  await look(page, 'admin-school-day-ar');
  page.clean();
});

check('terms, week and zone are changed over the version that shows, and back; what another made of it shows beside', async () => {
  await admin('PATCH', '/v1/timetable', { zone: 'Europe/London' }, true); // the same at any hour
  const page = await open('/app/admin/timetable'), stands = () => admin('GET', '/v1/timetable'), before = await stands();
  await page.getByRole('link', { name: 'Change' }).first().click();
  await page.getByRole('heading', { name: 'Terms, week and time zone', level: 1 }).waitFor();
  await look(page, 'admin-timetable-frame');
  await page.getByLabel('Sunday').selectOption('');
  await page.getByRole('button', { name: 'Add a term' }).click();
  const added = page.getByRole('group', { name: 'New term' });
  await added.getByLabel('First day').fill(addDays(before.terms[0].ends, 10));
  await added.getByLabel('Last day').fill(addDays(before.terms[0].ends, 5));
  await added.getByLabel('Name').fill('Summer');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('group', { name: 'Summer' }).locator('.field-error').waitFor(); // it ends before it begins
  assert.equal((await stands()).terms.length, 1);
  await page.getByRole('group', { name: 'Summer' }).getByLabel('Last day').fill(addDays(before.terms[0].ends, 20));
  await page.getByRole('button', { name: 'Save' }).click();
  await toast(page, 'Saved').waitFor();
  assert.deepEqual([(await stands()).terms.length, (await stands()).week[6]], [2, null]);
  await toast(page, 'Saved').getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('group', { name: 'Summer' }).waitFor({ state: 'detached' });
  assert.deepEqual((await stands()).week, before.week);

  await page.getByLabel('Saturday').selectOption('Short');
  await admin('PATCH', '/v1/timetable', { week: before.week.map((one, i) => (i === 5 ? null : one)) }, true);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Someone else changed this while you were working.').waitFor();
  await page.getByRole('row', { name: /Saturday.*No school.*Short/ }).waitFor();
  await look(page, 'admin-timetable-frame-two');
  await page.getByRole('button', { name: 'Keep the saved version' }).click();
  assert.equal(await page.getByLabel('Saturday').inputValue(), '');
  page.clean();
});
