// An assignment's pages for its teacher (web/app/src/pages/teacher) in a real browser before the real server: what comes in, texts that are alike, rules
// and extensions.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { manyRows } from './long_lists.mjs';
import { demoClass, essay, person, teachersPages, toast } from './school.mjs';

const skip = lacks();
let app, open, school;
before(async () => { if (!skip) { app = await startApp(); school = await demoClass(app.server); open = teachersPages(app); } }, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(() => app?.browser.closeTabs());
const named = (number) => `${school.students[number].given_name} ${school.students[number].family_name}`;
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

check('submissions are there as they arrive, and who lacks is named; texts that are alike are shown beside each other', async () => {
  const { assignment_id } = school.assignments[1];
  const page = await open(`/app/teaching/assignments/${assignment_id}/similarity`);
  await page.getByLabel('Compare the texts that students hand in').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await toast(page, 'Saved.').waitFor();
  await page.getByRole('link', { name: 'Submissions' }).click();
  await page.getByText('Nothing has been handed in yet.').waitFor();
  const [one, two, three] = await Promise.all(school.students.slice(0, 3).map(({ username }) => person(app.server, username)));
  await one.handIn(assignment_id, { text: `First this. ${essay(1)} And then ${essay(2, 60)}` });
  await page.getByText(`1 of ${school.students.length} handed in`).first().waitFor();
  await two.handIn(assignment_id, { text: `I wrote: ${essay(1)} ${essay(3, 60)}` });
  await three.handIn(assignment_id, { text: essay(4) });
  await page.getByText(`3 of ${school.students.length} handed in`).first().waitFor();
  await page.getByText('3 new while this page was open.').waitFor();
  await page.getByText(`${school.students.length - 3} students have not handed in`).click();
  assert.equal(await page.getByRole('group').getByRole('listitem').count(), school.students.length - 3);
  await look(page, 'teacher-submissions');

  await page.getByRole('link', { name: 'Similarity' }).click();
  await eventually('the pair is found', () => page.getByRole('cell', { name: /%/ }).first().isVisible(), 60_000);
  await page.getByRole('rowheader').getByRole('link', { name: named(0) }).click();
  await page.locator('.text mark').first().waitFor();
  await page.getByRole('list', { name: 'Passages in the other text' }).getByText(essay(1).slice(0, 40)).waitFor();
  assert.ok((await page.locator('.text mark').first().textContent()).includes(essay(1).slice(0, 40)), 'the passage is marked where it stands');
  await look(page, 'teacher-similarity');

  // The same beside the marks.
  await school.teacher.call('PUT', `/v1/assignments/${assignment_id}/marking`, { body: { points_max: 10 } });
  await page.goto(`${app.origin()}/app/marking/${assignment_id}`);
  await page.getByRole('link', { name: 'Mark next' }).click();
  await page.getByText('of the words are also in other texts.').waitFor();
  await page.getByRole('button', { name: new RegExp(`${named(0)}|${named(1)}`) }).waitFor();
  await page.locator('.text mark').first().waitFor();
  await look(page, 'marking-similar');
  page.clean();
});

check('of 10,000 submissions those in sight are in the document, and the newest are read again, not all', async () => {
  const { assignment_id } = school.assignments[2], users = school.students.map(({ user_id }) => user_id);
  const made = manyRows(10_000, (i) => ({ submission_id: `sub_${String(i).padStart(32, '0')}`, assignment_id, user_id: users[(i * 7919) % users.length], received_at: new Date(1_790_000_000_000 + i * 1000).toISOString(),
    content_sha256: '0'.repeat(64), state: 'recorded', late: i % 3 === 0, recorded_at: new Date(1_790_000_000_000 + i * 1000).toISOString() }));
  const page = await app.context.newPage();
  const asked = [];
  await page.route(/\/submissions\?limit=500/, (route) => { asked.push(route.request().url()); return made(route); });
  await page.goto(`${app.origin()}/app/teaching/assignments/${assignment_id}`);
  await page.getByText('10,000 rows').waitFor();
  assert.ok(await page.locator('tbody tr').count() < 120);
  await eventually('it is read again', () => asked.length > 22);
  assert.equal(new Set(asked.slice(20)).size, 1, 'the last page alone');
});

check('when the platform was away, its teachers are told, and what was given back for it', async () => {
  const { assignment_id } = school.assignments[0], page = await open(`/app/teaching/assignments/${assignment_id}`);
  const minutes = (ago) => new Date(Date.now() - ago * 60_000).toISOString();
  const outage = { outage_id: `out_${'1'.repeat(32)}`, service: 'intake', reason: null, began_at: minutes(20), ended_at: minutes(8), given_back_at: minutes(5), section_extensions: 1, student_extensions: 2 };
  await page.route(/\/v1\/outages/, (route) => route.fulfill({ json: { data: [outage, { ...outage, outage_id: `out_${'2'.repeat(32)}`, service: 'declared', reason: 'The line was cut.', given_back_at: null }], next: null } }));
  await page.reload();
  await page.getByRole('listitem').filter({ hasText: /Handing in:.*Time given back with 3 extensions\./ }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'The line was cut. Students are being given more time.' }).waitFor();
  page.clean();
});

check('rules are changed over nobody: what stands and what was written show; more time is given, and taken back, each with a way back', async () => {
  const { assignment_id } = school.assignments[2], at = `/v1/assignments/${assignment_id}`;
  const page = await open(`/app/teaching/assignments/${assignment_id}/edit`);
  await page.getByLabel('Attempts', { exact: true }).fill('3');
  const stands = await school.teacher.get(at);
  await school.teacher.call('PATCH', at, { ifMatch: `"${stands.version}"`, body: { attempts_limit: 5, late_seconds_limit: 0 } });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Someone else changed this while you were working.').waitFor();
  await page.getByRole('row', { name: 'Attempts 5 3' }).waitFor();
  await page.getByRole('button', { name: 'Save my version' }).click();
  await toast(page, 'Saved.').waitFor();
  assert.equal((await school.teacher.get(at)).attempts_limit, 3);
  await toast(page, 'Saved.').getByRole('button', { name: 'Undo' }).click();
  await eventually('what stood before stands again', async () => (await school.teacher.get(at)).attempts_limit === 5);

  const { user_id, given_name, family_name, username } = school.students[4];
  await page.getByLabel('Who', { exact: true }).selectOption(user_id);
  await page.getByLabel('New due time').fill('2030-01-31T12:00');
  await page.getByRole('button', { name: 'Give more time or attempts' }).click();
  await page.locator('.field-error').waitFor(); // a reason is wanted
  await page.getByLabel('Reason').fill('Was ill.');
  await page.getByRole('button', { name: 'Give more time or attempts' }).click();
  const given = page.getByRole('row', { name: /Was ill/ });
  await given.waitFor();
  await look(page, 'teacher-rules');
  const student = await person(app.server, username);
  assert.match((await student.get(at)).due_at, /^2030-01-31/);
  await given.getByRole('button', { name: 'Remove' }).click();
  await given.waitFor({ state: 'detached' });
  await toast(page, 'Removed.').getByRole('button', { name: 'Undo' }).click();
  await given.waitFor();
  assert.match((await student.get(at)).due_at, /^2030-01-31/, `${given_name} ${family_name} has it back`);
  page.clean();
});

check('in a language that is written from right to left', async () => {
  const page = await open(`/app/teaching/assignments/${school.assignments[1].assignment_id}`);
  await page.getByLabel('Language').selectOption('ar');
  await page.getByText('لم يسلّم').waitFor();
  await look(page, 'teacher-submissions-ar');
  await page.getByLabel('اللغة').selectOption('en');
  page.clean();
});
