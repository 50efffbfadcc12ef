// Assignments as their teacher writes them and students see them (web/app/src/pages/teacher/assignment_form.tsx) in a real browser before the real server.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { eventually } from './bellwether.mjs';
import { demoClass, teachersPages, toast } from './school.mjs';

const skip = lacks();
let app, open, school;
before(async () => { if (!skip) { app = await startApp(); school = await demoClass(app.server); open = teachersPages(app); } }, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(async () => { for (const page of app?.context.pages().slice(1) ?? []) await page.close(); });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

const place = ({ assignment_id }) => `/v1/assignments/${assignment_id}`;
const change = async (assignment, body) => {
  const { version } = await school.teacher.get(place(assignment));
  await school.teacher.call('PATCH', place(assignment), { ifMatch: `"${version}"`, body });
};
const editing = async (assignment) => {
  const page = await open(`/app/teaching/assignments/${assignment.assignment_id}/edit`);
  await page.getByRole('form', { name: 'Edit' }).waitFor();
  return page;
};

check('questions are written by keyboard alone: added, put in order, checked at their fields, looked at as students do, and saved', async () => {
  const assignment = school.assignments.at(-1), page = await editing(assignment), question = (n) => page.getByRole('group', { name: `Question ${n}`, exact: true });
  await page.evaluate(() => { // pictures come late: who types is faster than what waits for one
    const clock = window.setTimeout;
    window.requestAnimationFrame = (deed) => clock(() => deed(performance.now()), 400);
    window.setTimeout = (deed, ms, ...more) => clock(deed, ms < 120 ? 400 : ms, ...more);
  });
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  await page.getByLabel('What is handed in').focus();
  await press('ArrowDown'); // answers to questions
  await page.getByText('Your time zone: ').waitFor();
  await press('Tab', 'Enter'); // add a question: the keyboard goes to it
  await page.waitForFunction(() => document.activeElement.tagName === 'TEXTAREA' && document.activeElement.closest('fieldset.criterion'));
  await page.keyboard.type('Which colour is the sea?');
  await press('Tab', 'Tab');
  await page.keyboard.type('red');
  await press('Tab', 'Tab');
  await page.keyboard.type('red');
  await page.getByRole('button', { name: 'Add a question' }).focus();
  await press('Enter');
  await page.waitForFunction(() => document.activeElement.closest('fieldset.criterion')?.querySelector('legend').textContent === 'Question 2');
  await page.keyboard.type('How deep is it, in metres?');
  await press('Tab', 'ArrowDown', 'Tab'); // by a number
  await page.keyboard.type('10');
  await press('Tab');
  await page.keyboard.type('1');
  await page.getByRole('button', { name: 'Up: Question 2' }).focus();
  await press('Enter');
  await question(1).getByLabel('Smallest number').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Up: Question 1', 'the keyboard goes with the question');
  await page.getByRole('button', { name: 'Save', exact: true }).focus();
  await press('Enter');
  await question(1).getByText('This is smaller than the smallest number.').waitFor();
  await question(2).getByText('This choice already exists.').waitFor();
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-invalid') === 'true');
  await look(page, 'teacher-questions');
  await question(1).getByLabel('Largest number').fill('100');
  await question(2).getByLabel('Choice 2', { exact: true }).fill('blue');
  await page.getByRole('button', { name: 'Preview' }).click();
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByText('A number from 10 to 100').waitFor();
  await preview.getByLabel('blue').check();
  await preview.getByText('1 of 2 answered').waitFor();
  await look(page, 'teacher-preview');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'Saved.').waitFor();
  assert.deepEqual((await school.teacher.get(place(assignment))).questions, [{ id: 'q2', kind: 'number', prompt: 'How deep is it, in metres?', minimum: 10, maximum: 100 }, { id: 'q1', kind: 'choice', prompt: 'Which colour is the sea?', choices: ['red', 'blue'] }]);

  await page.getByRole('button', { name: 'Remove: Question 1' }).click();
  await page.getByRole('button', { name: 'Add a question' }).click();
  await question(2).getByLabel('Question text').fill('Where is it?');
  await question(2).getByLabel('Choice 1', { exact: true }).fill('north');
  await question(2).getByLabel('Choice 2', { exact: true }).fill('south');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await eventually('no question has an id that another had', async () => (await school.teacher.get(place(assignment))).questions.map(({ id }) => id).join() === 'q1,q3');
  page.clean();
});

check('what is being changed stays on the device, and what a colleague saved meanwhile shows beside it', async () => {
  const assignment = school.assignments.at(-2), page = await editing(assignment);
  await page.getByLabel('Attempts', { exact: true }).fill('7');
  await page.getByText('Draft saved on this device').waitFor();
  await change(assignment, { attempts_limit: 4 });
  await page.reload();
  await page.getByText('You have unsaved changes from earlier.').waitFor();
  assert.equal(await page.getByLabel('Attempts', { exact: true }).inputValue(), '7');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('row', { name: 'Attempts 4 7' }).waitFor();
  await page.getByRole('button', { name: 'Keep the saved version' }).click();
  assert.equal(await page.getByLabel('Attempts', { exact: true }).inputValue(), '4');
  assert.equal((await school.teacher.get(place(assignment))).attempts_limit, 4);

  await page.getByLabel('Attempts', { exact: true }).fill('9');
  await page.getByText('Draft saved on this device').waitFor();
  await page.getByRole('button', { name: 'Discard changes' }).click();
  assert.equal(await page.getByLabel('Attempts', { exact: true }).inputValue(), '4');
  await toast(page, 'Your changes were discarded.').getByRole('button', { name: 'Undo' }).click();
  assert.equal(await page.getByLabel('Attempts', { exact: true }).inputValue(), '9');

  await page.getByLabel('Attempts', { exact: true }).fill('0'); // which the server refuses
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-invalid') === 'true');
  assert.equal(await page.evaluate(() => document.activeElement.value), '0', 'the keyboard is at the field that is wrong');
  page.clean();
});

check('a new assignment is a draft until it is created; students read and answer it; it is withdrawn and put back', async () => {
  const page = await open(`/app/teaching/${school.section_id}`);
  await page.getByRole('link', { name: 'New assignment' }).click();
  await page.getByRole('heading', { name: 'New assignment' }).waitFor();
  await page.getByRole('button', { name: 'Create assignment' }).click();
  await page.getByText('Give it a title.').waitFor();
  await page.getByText('Enter when it is due.').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.labels[0].textContent), 'Title', 'the keyboard is at the first field that is wrong');
  await page.getByLabel('Title').fill('The sea');
  await page.getByLabel('Instructions').fill('Read about it first:\nhttps://library.example/sea?a=1&b=2.\n<b>Then</b> answer.');
  await page.getByLabel('Due', { exact: true }).fill('2030-05-31T12:00');
  await page.getByLabel('What is handed in').selectOption('structured');
  await page.getByRole('button', { name: 'Add a question' }).click();
  await page.getByLabel('Question text').fill('Which colour is it?');
  await page.getByLabel('Choice 1', { exact: true }).fill('blue');
  await page.getByLabel('Choice 2', { exact: true }).fill('grey');
  await page.getByText('Draft saved on this device').waitFor();
  await page.reload();
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some(({ value }) => value === 'grey'));
  await look(page, 'teacher-new');
  await page.getByRole('button', { name: 'Create assignment' }).click();
  await page.getByRole('heading', { level: 1, name: 'The sea' }).waitFor();
  await toast(page, 'Created.').waitFor();
  const made = (await school.teacher.get('/v1/assignments?limit=100')).data.find(({ title }) => title === 'The sea');
  assert.equal(made.section_id, school.section_id);

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('form', { name: 'Edit' }).waitFor();
  await page.getByLabel('Title').fill('The deep sea');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'The deep sea' }).waitFor();
  await page.getByRole('button', { name: 'Withdraw assignment' }).click();
  await page.getByText('Students do not see it. Put it back to change it.').waitFor();
  assert.equal((await school.teacher.get(place(made))).active, false);
  await toast(page, 'Withdrawn.').getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('form', { name: 'Edit' }).waitFor();
  assert.equal((await school.teacher.get(place(made))).active, true);
  await page.getByRole('button', { name: 'Withdraw assignment' }).click();
  await page.getByRole('button', { name: 'Put it back' }).waitFor();
  await page.goto(`${app.origin()}/app/teaching/${school.section_id}`);
  await page.getByText('Withdrawn (1)').click();
  await page.getByRole('link', { name: 'The deep sea' }).click();
  await page.getByRole('button', { name: 'Put it back' }).click();
  await toast(page, 'The assignment is back.').waitFor();
  page.clean();

  await emptied(app);
  const student = await openPage(app, `/app/assignments/${made.assignment_id}`);
  await signIn(student, school.students[0].username);
  const link = student.getByRole('link', { name: 'https://library.example/sea?a=1&b=2' });
  await link.waitFor();
  assert.deepEqual([await link.getAttribute('href'), await link.getAttribute('rel')], ['https://library.example/sea?a=1&b=2', 'noopener noreferrer']);
  await student.getByText('<b>Then</b> answer.').waitFor(); // no markup
  await student.getByRole('group', { name: '1. Which colour is it?' }).getByLabel('grey').check();
  await look(student, 'assignment-instructions');
  student.clean();
});

check('today says by one list where each stands; the form is there from right to left', async () => {
  await emptied(app);
  const ada = await api(app, 'ada'), [first] = (await ada('GET', '/v1/assignments')).data;
  await ada('POST', '/v1/submissions', { assignment_id: first.assignment_id, text: 'The bell.' }, false, { 'Idempotency-Key': '"of-another-device-01"' });
  await eventually('it is recorded', async () => (await ada('GET', `/v1/assignments/${first.assignment_id}`)).latest_submission);
  const page = await openPage(app), asked = [];
  await signIn(page, 'ada');
  await page.getByText('handed in', { exact: true }).first().waitFor();
  page.on('request', (request) => { const { pathname } = new URL(request.url()); if (pathname.startsWith('/v1/')) asked.push(pathname); });
  await page.reload();
  await page.getByText('handed in', { exact: true }).first().waitFor();
  assert.equal(asked.filter((path) => /\/submissions$/.test(path)).length, 0);
  page.clean();

  await emptied(app);
  const arabic = await openPage(app, `/app/teaching/${school.section_id}/new`);
  await signIn(arabic, 'grace');
  await arabic.getByLabel('Language').selectOption('ar');
  await arabic.getByRole('button', { name: 'أنشئ الواجب' }).click();
  await arabic.getByText('اكتب عنوانًا.').waitFor();
  await arabic.getByLabel('العنوان').fill('البحر');
  await arabic.getByLabel('الموعد النهائي').fill('2030-05-31T12:00');
  await arabic.getByText('قواعد أخرى').click();
  await arabic.getByLabel('المحاولات').fill('0');
  await arabic.getByRole('button', { name: 'أنشئ الواجب' }).click();
  await arabic.getByText('هذه القيمة غير مقبولة. تحقق منها ثم حاول مرة أخرى. اكتب عددًا صحيحًا من 1 إلى').waitFor(); // what the server says of it
  await look(arabic, 'teacher-new-ar');
  arabic.clean();
});
