// Assignments as their teacher writes them and students see them (web/app/src/pages/teacher/assignment_form.tsx) in a real browser before the real server.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { demoClass, person, teachersPages, toast } from './school.mjs';

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
  const page = await open(`/app/teaching/assignments/${assignment.assignment_id}/rules`);
  await page.getByRole('form', { name: 'Edit' }).waitFor();
  return page;
};

check('questions are written by keyboard alone: added, put in order, checked at their fields, looked at as students do, and saved', async () => {
  const assignment = school.assignments.at(-1), page = await editing(assignment), question = (n) => page.getByRole('group', { name: `Question ${n}`, exact: true });
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  await page.getByLabel('What is handed in').focus();
  await press('ArrowDown'); // answers to questions
  await page.getByText('Your time zone: ').waitFor();
  await press('Tab', 'Enter'); // add a question: the keyboard goes to it
  await page.waitForFunction(() => document.activeElement.tagName === 'SELECT');
  await press('Tab');
  await page.keyboard.type('red');
  await press('Tab', 'Tab');
  await page.keyboard.type('red');
  await page.getByRole('button', { name: 'Add a question' }).focus();
  await press('Enter');
  await page.waitForFunction(() => document.activeElement.closest('fieldset.criterion')?.querySelector('legend').textContent === 'Question 2');
  await press('ArrowDown', 'Tab'); // by a number
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
  await question(2).getByText('This choice is there already.').waitFor();
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
  assert.deepEqual((await school.teacher.get(place(assignment))).questions, [{ id: 'q2', kind: 'number', minimum: 10, maximum: 100 }, { id: 'q1', kind: 'choice', choices: ['red', 'blue'] }]);

  await page.getByRole('button', { name: 'Take out: Question 1' }).click();
  await page.getByRole('button', { name: 'Add a question' }).click();
  await question(2).getByLabel('Choice 1', { exact: true }).fill('north');
  await question(2).getByLabel('Choice 2', { exact: true }).fill('south');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await eventually('no question has an id that another had', async () => (await school.teacher.get(place(assignment))).questions.map(({ id }) => id).join() === 'q1,q3');
  page.clean();
});

check('what is being changed stays on the device, and what a colleague saved meanwhile shows beside it', async () => {
  const assignment = school.assignments.at(-2), page = await editing(assignment);
  await page.getByLabel('Attempts', { exact: true }).fill('7');
  await page.getByText('Draft kept on this device').waitFor();
  await change(assignment, { attempts_limit: 4 });
  await page.reload();
  await page.getByText('You have unsaved changes from earlier.').waitFor();
  assert.equal(await page.getByLabel('Attempts', { exact: true }).inputValue(), '7');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('row', { name: 'Attempts 4 7' }).waitFor();
  await page.getByRole('button', { name: 'Keep what stands' }).click();
  assert.equal(await page.getByLabel('Attempts', { exact: true }).inputValue(), '4');
  assert.equal((await school.teacher.get(place(assignment))).attempts_limit, 4);

  await page.getByLabel('Attempts', { exact: true }).fill('9');
  await page.getByText('Draft kept on this device').waitFor();
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
