// The timetable (web/app/src/pages/admin) for administrators: made, looked at, its exceptions and its tables changed, its conflicts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { toast } from './school.mjs';
import { addDays, makeTimetable, openThere } from './timetable.mjs';

const skip = lacks();
let app, admin;
before(async () => {
  if (skip) return;
  app = await startApp();
  admin = await api(app, 'admin');
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await emptied(app);
  await deed();
});
let made;
const timetable = async () => (made ??= await makeTimetable(app));
const open = (at, username) => openThere(app, at, username);

check('an administrator makes one to start from; where there are lessons, it is replaced by the name alone', async () => {
  const page = await open('/app/admin/timetable', 'admin');
  await page.getByText('There is no timetable yet.').waitFor();
  await page.getByRole('button', { name: 'Make a timetable' }).click();
  await page.getByText(/lessons were placed/).waitFor();
  await page.getByRole('heading', { name: 'Bell schedules' }).waitFor();
  await page.getByRole('table', { name: 'Week' }).getByRole('row', { name: /Sunday.*No school/ }).waitFor();
  const { lessons } = await admin('GET', '/v1/timetable');
  await page.getByLabel('Lessons a week').fill('0');
  await page.getByRole('button', { name: 'Make a timetable' }).click();
  const dialog = page.getByRole('dialog', { name: 'Replace the timetable?' });
  await dialog.getByLabel('Type North Hill Academy to confirm').fill('North Hill Academy');
  await page.keyboard.press('Enter');
  await dialog.getByText(/number from 1 to 10/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByLabel('Lessons a week').fill('2');
  await page.getByRole('button', { name: 'Make a timetable' }).click();
  await dialog.getByRole('textbox').fill('North Hill');
  assert.equal(await dialog.getByRole('button', { name: 'Replace it' }).getAttribute('aria-disabled'), 'true');
  await dialog.getByRole('textbox').fill('North Hill Academy');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.ok((await admin('GET', '/v1/timetable')).lessons < lessons);
  const { data } = await admin('GET', '/v1/lessons?limit=500');
  for (const { lesson_id } of data) await admin('DELETE', `/v1/lessons/${lesson_id}`, undefined, true);
  page.clean();
});

check('an exception is added and taken away, each with its way back, whatever somebody else changed meanwhile', async () => {
  const { monday } = await timetable(), page = await open('/app/admin/timetable', 'admin'), day = addDays(monday, 14), there = async (date) => (await admin('GET', '/v1/timetable')).exceptions.find((one) => one.date === date);
  await page.getByText('nobody and no room is in two places at once').waitFor();
  await look(page, 'admin-timetable');
  const form = page.getByRole('form', { name: 'Add an exception' });
  await form.getByLabel('Date').fill(addDays(monday, 7));
  await form.getByText('This day already has an exception (Holiday).').waitFor();
  await form.getByLabel('Date').fill(day);
  await form.getByLabel('Kind').selectOption('swap');
  await form.getByLabel('Held like').selectOption('Fr');
  await form.getByLabel('Note').fill('Sports day on Friday');
  await admin('PATCH', '/v1/timetable', { exceptions: [...(await admin('GET', '/v1/timetable')).exceptions, { date: addDays(monday, 16), kind: 'holiday', note: 'Added by another' }] }, true); // this page has not read it
  await form.getByRole('button', { name: 'Add an exception' }).click();
  await toast(page, 'was added').waitFor();
  assert.equal((await there(day)).weekday, 'Fr');
  assert.equal((await there(addDays(monday, 16))).note, 'Added by another', 'the other’s is not overwritten');
  await toast(page, 'was added').getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('row', { name: /Sports day/ }).waitFor({ state: 'detached' });
  assert.equal(await there(day), undefined);
  const row = page.getByRole('row', { name: /Founders’ Day/ });
  await row.getByRole('button', { name: /^Remove the exception on/ }).click();
  await row.waitFor({ state: 'detached' });
  assert.equal(await there(addDays(monday, 7)), undefined);
  await admin('PATCH', '/v1/timetable', { exceptions: (await admin('GET', '/v1/timetable')).exceptions.filter(({ date }) => date !== addDays(monday, 16)) }, true);
  await toast(page, 'was removed').getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  assert.equal((await there(addDays(monday, 7))).note, 'Founders’ Day');
  assert.equal(await there(addDays(monday, 16)), undefined, 'what another took away stays away');

  const renamed = (await admin('GET', '/v1/timetable')).exceptions.map((one) => (one.date === addDays(monday, 7) ? { ...one, note: 'Renamed by another' } : one));
  await admin('PATCH', '/v1/timetable', { exceptions: renamed }, true);
  await row.getByRole('button', { name: /^Remove the exception on/ }).click();
  await page.getByText('Someone else changed this in the meantime.').waitFor();
  await page.getByRole('row', { name: /Renamed by another/ }).waitFor();
  assert.equal((await there(addDays(monday, 7))).note, 'Renamed by another', 'what this page had not shown is not taken away');
  await admin('PATCH', '/v1/timetable', { exceptions: renamed.map((one) => (one.note === 'Renamed by another' ? { ...one, note: 'Founders’ Day' } : one)) }, true);
  await page.reload();
  await row.waitFor();

  await form.getByLabel('Date').fill(day);
  await form.getByLabel('Kind').selectOption('swap');
  await form.getByLabel('Held like').selectOption('');
  await form.getByRole('button', { name: 'Add an exception' }).click();
  await form.getByRole('alert').waitFor(); // a swap of nothing: the server says so
  assert.equal(await there(day), undefined);
  page.clean();
});

const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
check('a file is tried before it is applied; what is wrong is said with file, line and column; holidays come from a calendar', async () => {
  const { monday } = await timetable(), page = await open('/app/admin/timetable', 'admin'), exceptions = async () => (await admin('GET', '/v1/timetable')).exceptions, count = (await exceptions()).length;
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download: Exceptions (CSV)' }).click();
  const chunks = [];
  for await (const chunk of await (await download).createReadStream()) chunks.push(chunk);
  const table = Buffer.concat(chunks).toString();
  assert.match(table, /^date,kind,schedule,weekday,rotation,note\r?\n/);

  await page.getByLabel('File', { exact: true }).setInputFiles(csv('mine.csv', `${table}${addDays(monday, 21)},holliday,,,,\r\n`));
  await page.getByText(`exceptions.csv:${table.trim().split('\n').length + 1}:`).waitFor();
  await look(page, 'admin-timetable-fault');
  await page.getByLabel('File', { exact: true }).setInputFiles(csv('mine.csv', `${table}${addDays(monday, 21)},holiday,,,,One more\r\n`));
  await page.getByText('Nothing has changed yet.').waitFor();
  assert.deepEqual((await page.locator('dl.facts dd').allTextContents()).slice(-4), ['1', '0', '0', '0']);
  assert.equal((await exceptions()).length, count, 'a trial changes nothing');
  await look(page, 'admin-timetable-trial');
  await admin('PATCH', '/v1/timetable', { exceptions: await exceptions() }, true); // by somebody else: another version
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Someone else changed this in the meantime.').waitFor();
  assert.equal((await exceptions()).length, count, 'what was tried was tried on another version');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('The file was applied.').waitFor();
  await page.getByRole('row', { name: /One more/ }).waitFor();
  assert.equal((await exceptions()).length, count + 1);

  await page.getByLabel('What is in the file').selectOption('holidays');
  const date = addDays(monday, 22).replaceAll('-', ''), event = (begin) => `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//s//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260901T000000Z\r\n${begin}\r\nSUMMARY:Half term\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
  const ics = (text) => ({ name: 'holidays.ics', mimeType: 'text/calendar', buffer: Buffer.from(text) });
  await page.getByLabel('File', { exact: true }).setInputFiles(ics(event('DTSTART;VALUE=DATE:20261399')));
  await page.getByText('7:DTSTART').waitFor();
  await page.getByLabel('File', { exact: true }).setInputFiles(ics(event(`DTSTART;VALUE=DATE:${date}`)));
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('row', { name: /Half term/ }).waitFor();
  assert.equal((await exceptions()).length, count + 2);
  page.clean();
});

check('who would be in two places at once is listed by name, in two languages', async () => {
  const { other } = await timetable();
  const lesson = await admin('POST', '/v1/lessons', { section_id: other.section_id, period: 'P1', room: '12' });
  const page = await open('/app/admin/timetable', 'admin');
  const conflicts = page.getByRole('table', { name: 'Conflicts' });
  await conflicts.getByText('Room 12').waitFor();
  await conflicts.getByRole('link', { name: other.title }).first().waitFor();
  await page.getByLabel('Language').selectOption('ar');
  await page.getByRole('table', { name: 'التعارضات' }).getByText('القاعة 12').waitFor();
  await look(page, 'admin-timetable-ar');
  await page.getByLabel('اللغة').selectOption('en');
  await admin('DELETE', `/v1/lessons/${lesson.lesson_id}`, undefined, true);
  page.clean();
});
