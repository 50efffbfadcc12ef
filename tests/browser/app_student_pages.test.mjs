// A student's other pages (web/app/src/pages/student): today, assignments, sections, grades, notices, devices, before the real server, with what
// a teacher does meanwhile.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { api, emptied } from './app_people.mjs';

const skip = lacks();
let app, ada, grace, homework, section;
before(async () => {
  if (skip) return;
  app = await startApp();
  ada = await api(app, 'ada');
  grace = await api(app, 'grace');
  const taught = (await grace('GET', '/v1/assignments')).data.map(({ assignment_id }) => assignment_id);
  [homework] = (await ada('GET', '/v1/assignments')).data.filter(({ assignment_id }) => taught.includes(assignment_id)); // the one that is due first
  section = homework.section_id;
  await grace('POST', `/v1/sections/${section}/announcements`, { title: 'Bring your colours', text: 'We *paint* on Monday.\n\n- brushes\n- an old shirt\n\nSee [the list](https://library.example/list). <b>no</b>' });
  await grace('POST', `/v1/sections/${section}/materials`, { kind: 'link', title: 'Colours', url: 'https://library.example/colours', published: true, text: 'Read the first chapter.' });
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(async () => { if (app) await emptied(app); });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

async function opened(at, heading) {
  const page = await openPage(app, at);
  await signIn(page, 'ada');
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  return page;
}

/** As the teacher: marks ada's work of the homework and releases it. */
async function release(points, reason) {
  const at = `/v1/assignments/${homework.assignment_id}`;
  const { user_id } = await ada('GET', '/v1/me');
  const { work_id } = await eventually('the work is there to mark', async () => (await grace('GET', `${at}/works?limit=100`)).data.find((one) => one.user_id === user_id && one.handed_in));
  await grace('PUT', `${at}/works/${work_id}/mark`, { done: true, items: [{ id: 'argument', level: 'good', feedback: 'Well reasoned.' }, { id: 'style', points }], feedback: 'A good read.' }, 'if there');
  await grace('POST', `${at}/grades:release`, { work_ids: [work_id], ...(reason && { reason }) });
}

check('today says what is next, what to do, and what is new', async () => {
  const page = await opened('/app/today', 'Today');
  await page.getByText('Next due').waitFor();
  await page.locator('.coming').getByRole('link').first().waitFor();
  await page.getByText('Bring your colours').waitFor();
  await page.getByRole('link', { name: 'All 12' }).waitFor();
  await look(page, 'today');
  const next = page.locator('.coming').getByRole('link'), title = await next.textContent();
  await next.click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  page.clean();
});

const parts = /\/v1\/(assignments\?|grades|bells|notices\?limit=50)/, refusal = (status, code, headers = {}) => ({ status, contentType: 'application/problem+json', headers,
  json: { type: 'urn:x', title: code, status, code, detail: code, request_id: '0', retryable: status === 503 } });
/** Today, opened once more by somebody who has no copy of it; what it asks for. */
async function todayAnew(answer) {
  const page = await opened('/app/devices', 'Devices'), asked = [];
  page.on('request', (request) => { if (request.url().includes('/v1/')) asked.push(new URL(request.url()).pathname + new URL(request.url()).search); });
  if (answer) await page.route('**/v1/first-page', answer);
  await page.getByRole('link', { name: 'Today' }).first().click();
  return { page, asked, own: () => asked.filter((one) => parts.test(one)), first: () => asked.filter((one) => one === '/v1/first-page').length };
}

check('today is one request; what does not fit into it, or a page that is refused, is read part by part; where the server asks to wait, nothing else is asked', async () => {
  const whole = await todayAnew();
  await whole.page.getByText('Bring your colours').waitFor();
  await whole.page.getByRole('link', { name: 'All 12' }).waitFor();
  assert.equal(whole.first(), 1);
  assert.deepEqual(whole.own(), []);
  whole.page.clean();
  await emptied(app);

  const all = await ada('GET', '/v1/first-page'); // by the test itself: not every system finds *.localhost
  const more = await todayAnew((route) => route.fulfill({ json: { ...all, assignments: { data: all.assignments.data.slice(0, 2), next: 'more' } } }));
  await more.page.getByRole('link', { name: 'All 12' }).waitFor();
  assert.deepEqual(more.own().map((one) => one.split('?')[0]), ['/v1/assignments'], 'the rest is not taken for all of it');
  await emptied(app);

  const refused = await todayAnew((route) => route.fulfill(refusal(404, 'not_found')));
  await refused.page.getByText('Bring your colours').waitFor();
  await refused.page.getByRole('link', { name: 'All 12' }).waitFor();
  assert.equal(new Set(refused.own().map((one) => one.split('?')[0])).size, 4);
  await emptied(app);

  const busy = await todayAnew((route) => route.fulfill(refusal(503, 'overloaded', { 'Retry-After': '1' })));
  await eventually('it is asked again', () => busy.first() >= 2);
  assert.deepEqual(busy.own(), [], 'a server that is full is not asked for four times as much');
  await busy.page.unroute('**/v1/first-page');
  await busy.page.getByText('Bring your colours').waitFor();
});

check('in a language that is written from right to left: signed in, today, an assignment', async () => {
  const page = await openPage(app);
  await page.getByLabel('Language').selectOption('ar');
  await page.getByLabel('اسم المستخدم').fill('ada');
  await page.getByLabel('كلمة المرور', { exact: true }).fill('bell-at-nine');
  await page.getByRole('button', { name: 'تسجيل الدخول' }).click();
  await page.getByRole('heading', { level: 1, name: 'اليوم' }).waitFor();
  await page.locator('main .list a', { hasText: 'Art, homework 1' }).waitFor();
  await look(page, 'today-ar');
  await page.locator('main .list a', { hasText: 'Art, homework 1' }).click();
  await page.getByLabel('نصك').waitFor();
  await look(page, 'assignment-ar');
  page.clean();
});

check('assignments are shown by what there is to do, sections with what they were told', async () => {
  const page = await opened('/app/assignments', 'Assignments');
  const rows = page.locator('.list > li');
  await eventually('all are to do', async () => (await rows.count()) >= 3);
  await look(page, 'assignments');
  await page.getByRole('button', { name: 'Handed in' }).click();
  await page.getByText('No work is waiting to be marked.').waitFor();
  await page.getByRole('link', { name: 'Sections' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Sections' }).waitFor();
  await rows.first().waitFor();
  await look(page, 'sections');
  await page.getByRole('link', { name: homework.section_title }).first().click();
  await page.getByRole('heading', { level: 3, name: 'Bring your colours' }).waitFor();
  assert.equal(await page.locator('.markdown em').textContent(), 'paint');
  assert.equal(await page.locator('.markdown b').count(), 0, 'no HTML of theirs');
  assert.equal(await page.getByRole('link', { name: 'the list' }).getAttribute('rel'), 'noopener noreferrer');
  assert.equal(await page.getByRole('link', { name: 'Go to library.example' }).getAttribute('href'), 'https://library.example/colours');
  await look(page, 'section');
  page.clean();
});

check('a notice comes by itself, is counted in the menu, and is read', async () => {
  const page = await opened('/app/notices', 'Notices');
  await page.getByRole('link', { name: 'Bring your colours' }).waitFor();
  await look(page, 'notices');
  const told = page.waitForResponse((answer) => /\/v1\/announcements\//.test(answer.url()));
  await grace('POST', `/v1/sections/${section}/announcements`, { title: 'The room is another', text: '' });
  await told;
  await page.getByRole('link', { name: 'The room is another' }).waitFor();
  await page.getByText('There is a new announcement.').waitFor();
  await page.getByRole('link', { name: /^Notices ?\(2 unread\)$/ }).waitFor();
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await eventually('nothing is unread', async () => (await page.locator('.notices .chip').count()) === 0);
  assert.equal(await page.locator('nav .count').count(), 0);
  assert.equal((await ada('GET', '/v1/notices')).unread, 0);
  page.clean();
});

check('a released grade comes with its items; another look is asked for, and withdrawn', async () => {
  const at = `/v1/assignments/${homework.assignment_id}`;
  await grace('PUT', `${at}/marking`, { criteria: [{ id: 'argument', title: 'Argument', points_max: 6, levels: [{ id: 'weak', title: 'Weak', points: 2 }, { id: 'good', title: 'Good', points: 6 }] }, { id: 'style', title: 'Style', points_max: 4 }], regrade_days: 14 }, 'if there');
  await ada('POST', '/v1/submissions', { assignment_id: homework.assignment_id, text: 'Red, and why.' }, false, { 'Idempotency-Key': '"0123456789abcdef-grade"' });
  const page = await opened('/app/grades', 'Grades');
  await page.getByText('No results yet.').waitFor();
  await look(page, 'grades-none');
  await release(3.5);
  await page.getByRole('link', { name: homework.title }).click();
  await page.getByText('9.5 of 10 points').first().waitFor();
  await page.getByText('Well reasoned.').waitFor();
  await look(page, 'grade');
  await page.getByLabel('What should your teacher check again, and why?').fill('Style: the last line was on purpose.');
  await page.getByRole('button', { name: 'Send the request' }).click();
  await page.getByText('open', { exact: true }).waitFor();
  await look(page, 'grade-regrade');
  await page.getByRole('button', { name: 'Withdraw the request' }).click();
  await page.getByText('withdrawn', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'What you handed in' }).click();
  await page.locator('.headline', { hasText: 'Marked.' }).waitFor();
  await look(page, 'assignment-marked');
  await page.getByRole('link', { name: 'Grades' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Grades' }).waitFor();
  await page.getByRole('link', { name: homework.title }).waitFor();
  await look(page, 'grades');
  page.clean();
});

check('devices: one is signed out there, the password is changed, all are signed out', async () => {
  await ada('DELETE', '/v1/sessions');
  const elsewhere = ada = await api(app, 'ada');
  const page = await opened('/app/devices', 'Devices');
  await page.getByText('this device').waitFor();
  await look(page, 'devices');
  await page.getByRole('button', { name: /^Sign out there/ }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out there' }).click();
  await eventually('one less', async () => (await page.locator('.sessions > li').count()) === 1);
  await page.getByLabel('Current password').fill('not it');
  await page.getByLabel('New password').fill('seven red lamps');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('This is not your password.').waitFor();
  await page.getByLabel('Current password').fill('bell-at-nine');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('Your password was changed.').waitFor();
  await page.reload();
  await page.getByText('this device').waitFor();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await assert.rejects(elsewhere('GET', '/v1/me'), /401/);
  page.clean();
});
