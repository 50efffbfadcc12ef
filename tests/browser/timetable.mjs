// A school's timetable for the browser's tests: it is noon there, and another time on the device, so that all looks the same on any day, at any hour.
import { openPage, signIn } from './app.mjs';
import { api } from './app_people.mjs';

const east = 12 - new Date().getUTCHours(), zone = `Etc/GMT${east === 0 ? '' : `${east > 0 ? '-' : '+'}${Math.abs(east)}`}`;
export const addDays = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const periods = (...times) => times.map(([name, begin, end]) => ({ name, begin, end }));
const schedules = [
  { name: 'Normal', periods: periods(['P1', '09:00', '10:00'], ['P2', '11:30', '14:30'], ['P3', '15:00', '16:00']) },
  { name: 'Short', periods: periods(['P1', '09:00', '09:30'], ['P2', '10:00', '10:30']) },
];

/** A year with school on all seven days; next week has a holiday and a half day, today a change and a lesson that does not take place. */
export async function makeTimetable(app) {
  const [admin, ada, grace] = [await api(app, 'admin'), await api(app, 'ada'), await api(app, 'grace')];
  const from = addDays(new Date().toISOString().slice(0, 10), -100);
  await admin('PATCH', '/v1/timetable', { zone, schedules, week: Array(7).fill('Normal'), rotation: null, terms: [{ name: 'The year', begins: from, ends: addDays(from, 300) }], exceptions: [] }, true);
  const { date: today } = await ada('GET', '/v1/today');
  const monday = addDays(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7));
  await admin('PATCH', '/v1/timetable', { exceptions: [
    { date: addDays(monday, 7), kind: 'holiday', note: 'Founders’ Day' }, { date: addDays(monday, 9), kind: 'half_day', schedule: 'Short', note: 'Parents’ afternoon' },
  ] }, true);
  const { data: theirs } = await grace('GET', '/v1/sections'), { data: hers } = await ada('GET', '/v1/sections');
  const [shared] = theirs.filter(({ section_id }) => hers.some((one) => one.section_id === section_id)), [other] = hers.filter(({ section_id }) => section_id !== shared.section_id);
  const lessons = [];
  for (const [period, { section_id }, room] of [['P1', shared, '12'], ['P2', shared, '12'], ['P3', other, 'Laboratory']]) lessons.push(await admin('POST', '/v1/lessons', { section_id, period, room }));
  const [, second, third] = lessons;
  await admin('PUT', `/v1/lessons/${second.lesson_id}/days/${today}`, { room: 'Hall' });
  await admin('PUT', `/v1/lessons/${second.lesson_id}/days/${addDays(monday, 10)}`, { room: 'Hall' });
  await admin('PUT', `/v1/lessons/${third.lesson_id}/days/${today}`, { cancelled: true });
  return { monday, shared, other };
}

/** A tab on a device in Kathmandu, which is never whole hours away. */
export async function openThere(app, at, username) {
  const page = await openPage(app, '/plain');
  const devtools = await app.context.newCDPSession(page);
  await devtools.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kathmandu' });
  await page.goto(app.origin() + at);
  await signIn(page, username);
  return page;
}
