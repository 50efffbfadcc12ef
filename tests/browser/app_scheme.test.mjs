// How an assignment is marked (web/app/src/pages/teacher), in a real browser before the real server: rubrics, versions, questions and their key.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { demoClass, teachersPages, toast } from './school.mjs';

const skip = lacks();
const rubric = {
  criteria: [
    { id: 'argument', title: 'Argument', description: 'Is it clear what is claimed, and why?', points_max: 6,
      levels: [{ id: 'weak', title: 'Weak', points: 2 }, { id: 'fair', title: 'Fair', points: 4 }, { id: 'good', title: 'Good', points: 6 }] },
    { id: 'style', title: 'Style', points_max: 4 },
  ],
  regrade_days: 14,
};
let app, open, school, first, third;
before(async () => {
  if (skip) return;
  app = await startApp();
  school = await demoClass(app.server);
  open = teachersPages(app);
  [first, , third] = school.assignments.map(({ assignment_id }) => assignment_id);
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(() => app?.browser.closeTabs());
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

check('a scheme is made by hand; each change is a version, with a way back; two who change it both see what stands', async () => {
  const page = await open(`/app/marking/${first}`);
  await page.getByText('You have not chosen yet how this assignment is marked.').waitFor();
  await page.getByRole('main').getByRole('link', { name: 'How it is marked' }).last().click();
  await page.getByLabel('by criteria (rubric)').check();
  await page.getByRole('button', { name: 'Add a criterion' }).click();
  await page.getByLabel('Title').fill('Argument');
  await page.getByLabel('Maximum points').fill('6');
  await page.getByRole('button', { name: 'Add a level' }).click();
  await page.getByLabel('Level 1', { exact: true }).fill('Weak');
  await page.getByLabel('Points of level 1').fill('2');
  await page.getByRole('button', { name: 'Add a level' }).click();
  await page.getByLabel('Level 2', { exact: true }).fill('Good');
  await page.getByLabel('Points of level 2').fill('6');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('This is version 1.').waitFor();
  const marking = () => school.teacher.get(`/v1/assignments/${first}/marking`);
  assert.deepEqual((await marking()).criteria[0].levels.map(({ title, points }) => [title, points]), [['Weak', 2], ['Good', 6]]);

  await page.getByRole('button', { name: 'Add a criterion' }).click();
  const style = page.getByRole('group', { name: 'Criterion 2' });
  await style.getByLabel('Title').fill('Style');
  await page.getByRole('group', { name: 'Style' }).getByLabel('Maximum points').fill('4');
  await page.getByText('10 points in total').waitFor();
  await look(page, 'marking-scheme');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'Saved as version 2.').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('This is version 3.').waitFor();
  assert.equal((await marking()).points_max, 6, 'as it was');

  const stands = await marking();
  await school.teacher.call('PUT', `/v1/assignments/${first}/marking`, { ifMatch: `"${stands.version}"`, body: rubric });
  await page.getByLabel('Students can ask for a review for (days)').fill('7');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Someone else changed this while you were working.').waitFor();
  await page.getByRole('row', { name: /Students can ask.* 14 7/ }).waitFor();
  await page.getByRole('button', { name: 'Keep the saved version' }).click();
  await page.getByText('10 points in total').waitFor();
  assert.equal((await marking()).version, 4, 'nothing was written over');
  page.clean();
});

check('questions and their key are written; answers are marked by it, looked at first', async () => {
  const page = await open(`/app/teaching/assignments/${third}/scheme`);
  await page.getByLabel('by an answer key').check();
  await page.getByRole('button', { name: 'Add a question' }).click();
  await page.getByLabel('Choice 1', { exact: true }).fill('Paris');
  await page.getByLabel('Points of choice 1').fill('1');
  await page.getByLabel('Choice 2', { exact: true }).fill('Rome');
  await page.getByRole('button', { name: 'Add a question' }).click();
  const number = page.getByRole('group', { name: 'Question q2' });
  await number.getByLabel('Answer type').selectOption('number');
  await number.getByLabel('Maximum points').fill('2');
  await number.getByLabel('Correct number').fill('42');
  await look(page, 'marking-key');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('This is version 1.').waitFor();
  await school.handIn(third, [0, 1], (who) => ({ answers: { q1: who === 0 ? 'Paris' : 'Rome', q2: 42 } }));
  await page.getByRole('link', { name: 'Marking', exact: true }).click();
  await page.getByRole('button', { name: 'Preview changes' }).click();
  await page.getByText(/works checked; \d+ would change\./).waitFor();
  await page.getByRole('button', { name: 'Mark by the key now' }).click();
  await page.getByText(/works checked; \d+ changed\./).waitFor();
  await eventually('both have their points', async () => (await school.works(third)).filter(({ state }) => state === 'ready').map(({ points }) => points).sort().join() === '2,3');
  await page.getByRole('link', { name: /Done 2/ }).click();
  await page.getByRole('cell', { name: '3', exact: true }).waitFor();
  await page.locator('tbody a').first().click();
  await page.getByText('By answer key: 1').waitFor();
  page.clean();
});
