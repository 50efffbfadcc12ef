// A section's pages for its teacher (web/app/src/pages/teacher) in a real browser before the real server: what it is told, its materials, and how its
// students come in.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { demoClass, essay, teachersPages, toast } from './school.mjs';

const skip = lacks();
let app, open, school;
before(async () => { if (!skip) { app = await startApp(); school = await demoClass(app.server); open = teachersPages(app); } }, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(() => app?.browser.closeTabs());
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

check('sections, and a page of one: told, changed by two at once, withdrawn; materials with a way back from each deed', async () => {
  const page = await open('/app/teaching');
  await page.getByRole('heading', { name: school.section_title }).waitFor();
  await page.getByRole('link', { name: /^Marking.*homework 2/ }).waitFor();
  await look(page, 'teacher-sections');
  await page.getByRole('link', { name: 'Page', exact: true }).click();
  await page.getByRole('heading', { name: 'Announcements' }).waitFor();

  await page.getByRole('button', { name: 'Write an announcement' }).click();
  await page.getByRole('button', { name: 'Send to the section' }).click();
  await page.locator('.field-error').waitFor(); // no title: the server says so at the field
  await page.getByLabel('Title').fill('Museum on Friday');
  await page.getByRole('button', { name: 'Send to the section' }).click();
  await toast(page, 'Sent to the section.').getByRole('button', { name: 'Undo' }).click();
  await page.getByText('There are no announcements yet.').waitFor();
  await page.getByRole('button', { name: 'Write an announcement' }).click();
  await page.getByLabel('Title').fill('Museum on Friday');
  await page.getByLabel('Text').fill('Bring lunch.');
  await page.getByRole('button', { name: 'Send to the section' }).click();
  await page.getByText('Bring lunch.').waitFor();

  // A colleague changes it while it is being changed here.
  await page.getByRole('button', { name: 'Edit: Museum on Friday' }).click();
  await page.getByLabel('Text').fill('Bring lunch and a pen.');
  const [announcement] = (await school.teacher.get(`/v1/sections/${school.section_id}/announcements`)).data;
  await school.teacher.call('PATCH', `/v1/announcements/${announcement.announcement_id}`, { ifMatch: '"1"', body: { text: 'Bring lunch and water.' } });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Someone else changed this while you were working.').waitFor();
  await page.getByRole('cell', { name: 'Bring lunch and water.' }).waitFor();
  await page.getByRole('button', { name: 'Save my version' }).click();
  await page.locator('p', { hasText: 'Bring lunch and a pen.' }).waitFor();

  const add = async (title) => {
    await page.getByRole('button', { name: 'Add material' }).click();
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Address').fill(`https://example.org/${title}`);
    await page.getByRole('button', { name: 'Add material' }).click();
    await page.getByRole('link', { name: title }).waitFor();
  };
  await add('Rivers');
  await add('Hills');
  await page.getByRole('button', { name: 'Add material' }).click();
  await page.getByLabel('Type').selectOption('file');
  await page.getByLabel('Choose a file').setInputFiles({ name: 'map.txt', mimeType: 'text/plain', buffer: Buffer.from('North is up.') });
  await page.getByLabel('Show it to students now').uncheck();
  await page.getByRole('button', { name: 'Add material' }).click();
  await page.getByRole('heading', { name: /map\.txt/ }).waitFor();
  const titles = async () => (await school.teacher.get(`/v1/sections/${school.section_id}/page`)).materials.map(({ title, published }) => `${title}${published ? '' : ' (draft)'}`).join();
  await eventually('three stand there', async () => (await titles()) === 'Rivers,Hills,map.txt (draft)');
  await page.getByRole('button', { name: 'Up: Hills' }).click();
  await eventually('it is before the other', async () => (await titles()) === 'Hills,Rivers,map.txt (draft)');
  await toast(page, 'Moved.').getByRole('button', { name: 'Undo' }).click();
  await eventually('it is where it was', async () => (await titles()) === 'Rivers,Hills,map.txt (draft)');
  await page.getByRole('button', { name: 'Make it a draft: Rivers' }).click();
  await eventually('students see it no more', async () => /Rivers \(draft\)/.test(await titles()));
  await toast(page, 'It is a draft again').getByRole('button', { name: 'Undo' }).click();
  await eventually('they do again', async () => /^Rivers,/.test(await titles()));
  await page.getByRole('button', { name: 'Remove: Rivers' }).click();
  await eventually('it is gone', async () => (await titles()) === 'Hills,map.txt (draft)');
  await toast(page, 'Removed.').getByRole('button', { name: 'Undo' }).click();
  await eventually('it is back in its place', async () => (await titles()) === 'Rivers,Hills,map.txt (draft)');
  await page.getByRole('heading', { name: /Rivers/ }).waitFor();
  await look(page, 'teacher-section');

  await page.getByRole('button', { name: 'Remove: Museum on Friday' }).click();
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Remove' });
  assert.equal(await confirm.getAttribute('aria-disabled'), 'true', 'not before its name is typed');
  await page.getByLabel('Type Museum on Friday to confirm').fill('Museum on Friday');
  await confirm.click();
  await page.getByText('There are no announcements yet.').waitFor();
  page.clean();
});

check('a class code for those chosen, by keyboard alone: shown large, told who has used it; cards with codes; devices', async () => {
  const page = await open(`/app/teaching/${school.section_id}/students`);
  const [first, second] = school.students.map(({ given_name, family_name }) => `${given_name} ${family_name}`);
  await page.getByRole('row', { name: first }).first().waitFor();
  for (const student of [0, 1]) {
    await page.locator('tbody input[type=checkbox]').nth(student).focus();
    await page.keyboard.press('Space');
  }
  await page.getByText('2 chosen', { exact: true }).waitFor();
  await page.getByLabel('For whom').focus();
  await page.keyboard.press('ArrowDown');
  for (let i = 0; i < 2; ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const code = await page.locator('.board .code').textContent();
  assert.match(code, /^[2-9B-Z]{3}-[2-9B-Z]{3}$/);
  await page.getByText('0 of 2 have chosen a password').waitFor();
  await page.getByText(`Not yet: ${first}, ${second}`).waitFor();
  const size = await page.locator('.board .code').evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  assert.ok(size >= 100, `${size} px is too small for a board`);
  await look(page, 'teacher-students');

  const used = await app.server.request('north-hill', 'POST', '/v1/passwords', { body: { username: school.students[1].username, code, new_password: 'bell-at-nine' } });
  assert.equal(used.status, 204, used.text);
  await page.getByText('1 of 2 have chosen a password').waitFor(); // by itself
  await page.getByText(`Not yet: ${first}`, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'End it now' }).click();
  await page.locator('.board').waitFor({ state: 'detached' });

  await page.getByLabel('Cards for').selectOption('chosen');
  await page.getByRole('button', { name: 'Make cards' }).click();
  await page.getByText('2 cards. They are shown only now.').waitFor();
  assert.equal(await page.locator('.sheet svg').count(), 2, 'each with its QR code');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.getByRole('heading', { name: 'Class code' }).isVisible(), false, 'paper has the cards alone');
  assert.ok(await page.locator('.sheet svg').first().isVisible());
  await page.emulateMedia({ media: 'screen' });

  await page.getByRole('button', { name: `Allow another try: ${first}` }).first().click();
  await toast(page, `${first} can try again now.`).waitFor();
  await app.server.request('north-hill', 'POST', '/v1/sessions', { body: { username: school.students[2].username, password: 'bell-at-nine', shared_device: true } });
  await page.getByRole('button', { name: 'Sign out shared devices' }).click();
  await toast(page, /session(s)? ended|Nobody was signed in/).waitFor();
  page.clean();
});

check('today says first what comes in and waits to be marked; the menu begins with what a teacher does', async () => {
  const [first, second] = school.assignments;
  const late = async ({ assignment_id }, hours) => { // due then
    const { version } = await school.teacher.get(`/v1/assignments/${assignment_id}`);
    await school.teacher.call('PATCH', `/v1/assignments/${assignment_id}`, { ifMatch: `"${version}"`, body: { due_at: new Date(Date.now() + hours * 3_600_000).toISOString() } });
  };
  await late(first, 5);
  await late(second, 4);
  await school.teacher.call('PUT', `/v1/assignments/${first.assignment_id}/marking`, { body: { points_max: 10 } });
  await school.handIn(first.assignment_id, [0, 1, 2], () => ({ text: essay(1) }));
  await school.handIn(second.assignment_id, [0], () => ({ text: essay(2) }));
  const [marked] = await school.works(first.assignment_id).then((works) => works.filter(({ handed_in }) => handed_in));
  await school.teacher.call('PUT', `/v1/assignments/${first.assignment_id}/works/${marked.work_id}/mark`, { body: { points: 7, done: true } });

  const page = await open('/app/today');
  const waits = page.getByRole('link', { name: new RegExp(`^${first.title}.*3 of ${school.students.length} handed in.*2 to mark`) });
  await waits.waitFor();
  await page.getByRole('link', { name: new RegExp(`^${second.title}.*1 handed in.*choose how it is marked`) }).waitFor();
  assert.equal(await page.getByText('You have nothing to do.').count(), 0, 'nothing of students');
  const menu = await page.getByRole('navigation', { name: 'Menu' }).getByRole('link').allTextContents();
  assert.ok(menu[0] === 'Today' && menu.indexOf('Teaching') < menu.indexOf('Notices'), menu.join());
  await look(page, 'today-teacher');
  await waits.click();
  await page.getByRole('link', { name: 'Mark next' }).waitFor();
  page.clean();
});

check('what one person sends is not sent again as another, who signed in meanwhile', async () => {
  const page = await open(`/app/teaching/${school.section_id}/students`);
  await page.getByLabel('Cards for').waitFor();
  let asked = 0;
  await page.route('**/cards/page', async (route) => {
    if (++asked === 1) await page.evaluate(() => fetch('/v1/sessions', { // another has the cookies, as by an identity provider
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username: 'ada', password: 'bell-at-nine', mode: 'cookie' }),
    }));
    await route.fulfill({ status: 401, contentType: 'application/problem+json',
      json: { type: 'urn:x', title: 'Sign in first', status: 401, code: 'token_expired', detail: 'over', request_id: '0', retryable: false } });
  });
  await page.getByLabel('Cards for').selectOption('all');
  await page.getByRole('button', { name: 'Make cards' }).click();
  await page.locator('.account .dim', { hasText: 'ada' }).waitFor({ state: 'attached' }); // the page has learnt who it is
  assert.equal(asked, 1, 'once');
});
