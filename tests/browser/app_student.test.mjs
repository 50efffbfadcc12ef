// A student's way (web/app/src/pages/student) in a real browser before the real server: from the first address to a verified receipt, and what must not
// go wrong on it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { api, emptied } from './app_people.mjs';

const skip = lacks();
let app, ada, grace, assignments, taught, used, structured;
before(async () => {
  if (skip) return;
  app = await startApp();
  ada = await api(app, 'ada');
  grace = await api(app, 'grace');
  assignments = (await ada('GET', '/v1/assignments')).data.sort((a, b) => a.title.localeCompare(b.title));
  taught = new Set((await grace('GET', '/v1/assignments')).data.map(({ assignment_id }) => assignment_id));
  used = new Set(assignments.slice(0, 3).map(({ assignment_id }) => assignment_id));
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(async () => { if (app) await emptied(app); });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

const recorded = async ({ assignment_id }) => (await ada('GET', `/v1/assignments/${assignment_id}/submissions?limit=100`)).data;
/** Set by its teacher. */
const rules = (assignment, change) => grace('PATCH', `/v1/assignments/${assignment.assignment_id}`, change, true);
const at = ({ assignment_id }) => `/app/assignments/${assignment_id}`;
const inMinutes = (n) => new Date(Date.now() + n * 60_000).toISOString();

async function opened(assignment) {
  const page = await openPage(app, at(assignment));
  await signIn(page, 'ada');
  await page.getByRole('heading', { level: 1, name: assignment.title }).waitFor();
  return page;
}
const stands = (page, headline) => page.locator('.headline', { hasText: headline }).waitFor();

check('a text is handed in: received with proof, recorded, and its receipt is kept and verified', async () => {
  const assignment = assignments[0], page = await opened(assignment);
  await page.getByText('Your draft is saved on this device').waitFor();
  await look(page, 'assignment');
  let judge; // so that `received` can be looked at
  const held = new Promise((done) => { judge = done; });
  await page.route('**/v1/submissions/sub_*', async (route) => { await held; await route.continue(); });
  await page.getByLabel('Your text').fill('The bell at nine, in my own words.');
  await page.getByRole('button', { name: 'Hand in' }).click();
  await stands(page, 'Received, with proof.');
  await page.getByText('The receipt was checked on this device. It is valid.').waitFor();
  await look(page, 'assignment-received');
  judge();
  await stands(page, 'Recorded, on time.');
  await look(page, 'assignment-recorded');

  await page.getByRole('link', { name: 'Receipt' }).click();
  await page.getByText('This receipt is valid.').waitFor();
  await look(page, 'receipt');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as a file' }).click()]);
  const receipt = JSON.parse(fs.readFileSync(await download.path(), 'utf8'));
  assert.equal(download.suggestedFilename(), `receipt-${receipt.submission_id}.json`);
  assert.equal(receipt.assignment_id, assignment.assignment_id);
  assert.deepEqual((await recorded(assignment)).map(({ submission_id }) => submission_id), [receipt.submission_id]);
  page.clean();
});

check('a draft stays while it is written; without a network work is kept, and goes out later', async () => {
  const assignment = assignments[1], page = await opened(assignment);
  await page.getByLabel('Your text').fill('Half of it');
  await page.getByText('Draft saved on this device').waitFor();
  await page.reload();
  await eventually('the draft is back', async () => (await page.getByLabel('Your text').inputValue()) === 'Half of it');
  await page.evaluate(() => navigator.serviceWorker.ready);
  app.line.down = true;
  app.line.cutAll();
  try {
    await page.getByLabel('Your text').fill('All of it, on a train.');
    await page.getByRole('button', { name: 'Hand in' }).click();
    await stands(page, 'Only on this device. Not received yet.');
    await page.getByText('There is no connection.').waitFor();
    await look(page, 'assignment-kept');
    assert.equal((await recorded(assignment)).length, 0);
  } finally { app.line.down = false; }
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await stands(page, 'Recorded, on time.');
  const [{ submission_id }] = await recorded(assignment);
  assert.equal((await ada('GET', `/v1/submissions/${submission_id}`)).text, 'All of it, on a train.');
});

check('an answer that is lost, and a reload before another comes: it counts once', async () => {
  const assignment = assignments[2], page = await opened(assignment), keys = [];
  let lost = 0;
  await page.route('**/v1/submissions', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (++lost > 1) return route.continue();
    const request = route.request(), { cookie, origin, ...all } = await request.allHeaders();
    const answer = await app.server.request('north-hill', 'POST', '/v1/submissions', { body: request.postDataJSON(), headers: { Host: new URL(origin).host, Cookie: cookie, Origin: origin, 'Idempotency-Key': all['idempotency-key'] } });
    assert.equal(answer.status, 202, answer.text); // it arrives, and its answer does not
    return route.abort('connectionreset');
  });
  await page.getByLabel('Your text').fill('Through a bad line.');
  await page.getByRole('button', { name: 'Hand in' }).click();
  await stands(page, 'Only on this device.');
  await page.reload();
  await stands(page, 'Recorded, on time.');
  await eventually('it was sent again', () => keys.length >= 2);
  assert.equal(new Set(keys).size, 1);
  assert.equal((await recorded(assignment)).length, 1);
});

check('questions are answered, and what does not fit is said at its field', async () => {
  const assignment = assignments.find(({ assignment_id }) => taught.has(assignment_id) && !used.has(assignment_id));
  structured = assignment.assignment_id;
  await rules(assignment, { attempts_limit: 2, questions: [{ id: 'colour', kind: 'choice', choices: ['red', 'green', 'blue'] }, { id: 'half', kind: 'number', minimum: 0, maximum: 10 }, { id: 'why', kind: 'text', bytes_limit: 200 }] });
  const page = await opened(assignment);
  await page.getByText('2 of 2 left').waitFor();
  await page.getByLabel('green').check();
  await page.getByLabel('Question 2 (half)').fill('eleven');
  await page.getByText('This is not a number.').waitFor();
  await page.getByLabel('Question 2 (half)').fill('11');
  await page.getByText('It must be 10 or less.').waitFor();
  await page.getByText('Draft saved on this device').waitFor();
  await look(page, 'assignment-questions');
  await page.getByLabel('Question 2 (half)').fill('3,5');
  await page.getByText('2 of 3 answered').waitFor();
  await page.getByRole('button', { name: 'Hand in' }).click();
  await stands(page, 'Recorded, on time.');
  const [{ submission_id }] = await recorded(assignment);
  assert.deepEqual((await ada('GET', `/v1/submissions/${submission_id}`)).answers, { colour: 'green', half: 3.5 });
  await page.getByText('1 of 2 left').waitFor();
  await page.getByRole('button', { name: 'Hand in again' }).click();
  await page.getByText('This is your last attempt.').waitFor();
  await page.getByLabel('red').check();
  await page.getByRole('button', { name: 'Hand in', exact: true }).click();
  await page.getByText('You have used all your attempts.').waitFor();
  await page.getByRole('heading', { name: 'Earlier attempt' }).waitFor();
  await look(page, 'assignment-attempts');
  page.clean();
});

check('late is said before and after; what is refused says why and the way on', async () => {
  const assignment = assignments.find(({ assignment_id, kind }) => kind === 'text' && taught.has(assignment_id) && !used.has(assignment_id) && assignment_id !== structured);
  await rules(assignment, { due_at: inMinutes(-5), late_seconds_limit: null });
  const page = await opened(assignment);
  await page.getByText('This is past due.').waitFor();
  await page.getByLabel('Your text').fill('Five minutes after the bell.');
  await page.getByRole('button', { name: 'Hand in late' }).click();
  await stands(page, 'Recorded, late.');
  await look(page, 'assignment-late');
  await page.getByRole('button', { name: 'Hand in again' }).click();
  await page.getByLabel('Your text').fill('Once more.');
  await rules(assignment, { late_seconds_limit: 0 }); // nothing late counts any more, and the page does not know it yet
  await page.getByRole('button', { name: 'Hand in late' }).click();
  await stands(page, 'Refused. It does not count.');
  await page.getByText('It was received after the last time').first().waitFor();
  await page.getByText('Ask your teacher for more time.').first().waitFor();
  await look(page, 'assignment-refused');
  page.clean();
});

check('by keyboard alone, from the sign-in to a verified receipt', async () => {
  const page = await openPage(app, '/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const { keyboard } = page;
  /** Tab until what has the focus is it. */
  async function to(what, role) {
    for (let i = 0; i < 60; ++i) {
      await keyboard.press('Tab');
      if (await page.evaluate(([text, wanted]) => {
        const at = document.activeElement, name = at?.labels?.[0]?.textContent ?? at?.textContent ?? '';
        return name.includes(text) && (!wanted || at.matches(wanted));
      }, [what, role])) return;
    }
    assert.fail(`no way by the keyboard to ${what}`);
  }
  await to('User name', 'input');
  await keyboard.type('ada');
  await to('Password', 'input');
  await keyboard.type('bell-at-nine');
  await keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  const { title } = assignments.find(({ assignment_id }) => !taught.has(assignment_id) && !used.has(assignment_id));
  await page.locator('main .list a', { hasText: title }).waitFor();
  await to(title, '.list a');
  await keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByLabel('Your text').waitFor();
  await to('Your text', 'textarea');
  await keyboard.type('By hand.');
  await to('Hand in', 'button');
  await keyboard.press('Enter');
  await stands(page, 'Recorded');
  await eventually('the keyboard is where the work stands', () => page.evaluate(() => document.activeElement.textContent === 'Status of your work'));
  await to('View and save the receipt', 'a');
  await keyboard.press('Enter');
  await page.getByText('This receipt is valid.').waitFor();
  page.clean();
});

check('files are handed in by what they are, and sent after that, over a reload on a slow line', async () => {
  const assignment = assignments.filter(({ assignment_id }) => taught.has(assignment_id) && !used.has(assignment_id) && assignment_id !== structured).at(-1);
  await rules(assignment, { kind: 'file', files_limit: 2, due_at: inMinutes(60), late_seconds_limit: null });
  const page = await opened(assignment);
  await page.getByLabel('Choose up to 2 files').setInputFiles([{ name: 'essay.txt', mimeType: 'text/plain', buffer: Buffer.from('Red, and why.') }, { name: 'picture.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(400_000, 7) }]);
  await page.getByText('picture.bin').waitFor();
  await look(page, 'assignment-files');
  app.line.rate = 60_000;
  try {
    await page.getByRole('button', { name: 'Hand in' }).click();
    await stands(page, 'The files are still being sent.');
    await page.getByText('The receipt was checked on this device. It is valid.').waitFor();
    await page.getByRole('progressbar', { name: 'Progress of picture.bin' }).waitFor();
    await page.reload(); // it goes on
    await page.getByText(/^sending: /).first().waitFor();
  } finally { app.line.rate = 0; }
  await stands(page, 'Recorded, on time.');
  await page.getByText('All files were received.').waitFor();
  await look(page, 'assignment-files-there');
  const [{ submission_id, files_complete }] = await recorded(assignment);
  assert.equal(files_complete, true);
  await page.getByRole('link', { name: 'Receipt' }).click();
  await page.getByText('This receipt is valid.').waitFor();
  await page.getByText('The receipt is for exactly this work. Nothing was changed.').waitFor();
  assert.equal((await ada('GET', `/v1/submissions/${submission_id}`)).files.length, 2);
  page.clean();
});
