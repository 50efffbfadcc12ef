// What a teacher is told while a due instant is chosen (web/app/src/pages/teacher/deadline_load.tsx), before the real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { demoClass, teachersPages, toast } from './school.mjs';

const skip = lacks();
let app, klass, open;
before(async () => {
  if (skip) return;
  app = await startApp();
  klass = await demoClass(app.server);
  open = teachersPages(app);
  await emptied(app);
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, async () => {
  await app.browser.closeTabs();
  await deed();
});
/** As the field holds it; the browser is in the zone of this process. */
const field = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
const taken = () => Date.parse(klass.assignments.filter(({ due_at }) => Date.parse(due_at) > Date.now() + 86_400_000)[0].due_at);

check('a new assignment: what the due instant collides with, the calmer one by one press, and back; by keyboard', async () => {
  const page = await open(`/app/teaching/${klass.section_id}/new`), form = page.getByRole('form', { name: 'New assignment' }), due = form.getByLabel('Due');
  await form.getByLabel('Title').fill('Essay on bells');
  await due.fill(field(taken() + 3_600_000));
  await page.getByText('Other deadlines of these students within three hours:').waitFor();
  await page.getByText(/\d+ of \d+ students/).first().waitFor();
  await page.getByText('A calmer time nearby:').waitFor();
  await look(page, 'teacher-deadline-load');
  const before = await due.inputValue();
  await page.getByRole('button', { name: 'Use this time' }).focus();
  await page.keyboard.press('Enter');
  await toast(page, 'The due time is changed.').waitFor();
  const calmer = await due.inputValue();
  assert.notEqual(calmer, before);
  await page.getByText('These students have no other deadline within three hours.').waitFor();
  await form.getByLabel('Title').fill('Essay on quiet bells');
  await toast(page, 'The due time is changed.').getByRole('button', { name: 'Undo' }).click();
  assert.equal(await due.inputValue(), before);
  assert.equal(await form.getByLabel('Title').inputValue(), 'Essay on quiet bells', 'what was written since stays');
  await page.getByText('A calmer time nearby:').waitFor();
  page.clean();
});

check('one that stands is not its own collision, and nothing is said before it is moved; where it cannot be looked up, that is said', async () => {
  const one = klass.assignments.find(({ due_at }) => Date.parse(due_at) === taken()), asked = [];
  const page = await open(`/app/teaching/assignments/${one.assignment_id}/edit`);
  page.on('request', (request) => { if (request.url().includes('/v1/deadline-load')) asked.push(request.url()); });
  const due = page.getByRole('form', { name: 'Edit' }).getByLabel('Due');
  await due.waitFor();
  assert.equal(asked.length, 0);
  const answered = page.waitForResponse(/deadline-load/);
  await due.fill(field(Date.parse(one.due_at) + 7_200_000));
  await answered;
  await page.locator('.deadline-load p').first().waitFor();
  assert.ok(asked.every((url) => url.includes(one.assignment_id)));
  await page.route('**/v1/deadline-load?*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', json: { type: 'urn:x', title: 'x', status: 500, code: 'internal', detail: 'x', request_id: '0', retryable: false } }));
  await due.fill(field(Date.parse(one.due_at) + 10_800_000));
  await page.getByText('Other deadlines cannot be looked up now.').waitFor();
  await page.getByRole('form', { name: 'Edit' }).getByRole('button', { name: 'Save' }).waitFor(); // and it can be saved all the same
});
