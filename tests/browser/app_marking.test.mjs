// Marking (web/app/src/pages/teacher) in a real browser before the real server: works, points by keyboard, two who mark the same, a line that is cut,
// second markers, releasing, and what students ask.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacks, look, signIn, startApp } from './app.mjs';
import { eventually } from './bellwether.mjs';
import { demoClass, essay, person, teachersPages, toast } from './school.mjs';

const skip = lacks();
const rubric = {
  criteria: [
    { id: 'argument', title: 'Argument', description: 'Is it clear what is claimed, and why?', points_max: 6,
      levels: [{ id: 'weak', title: 'Weak', points: 2 }, { id: 'fair', title: 'Fair', points: 4 }, { id: 'good', title: 'Good', points: 6 }] },
    { id: 'style', title: 'Style', points_max: 4 },
  ],
  regrade_days: 14,
};
let app, open, school, first, second;
before(async () => {
  if (skip) return;
  app = await startApp();
  school = await demoClass(app.server);
  open = teachersPages(app);
  [first, second] = school.assignments.map(({ assignment_id }) => assignment_id);
  await school.teacher.call('PUT', `/v1/assignments/${first}/marking`, { body: rubric });
}, { timeout: 180_000 });
after(async () => { await app?.stop(); }, { timeout: 60_000 });
beforeEach(() => app?.browser.closeTabs());
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

const mark = (assignment, work, who = school.teacher) => who.get(`/v1/assignments/${assignment}/works/${work}/mark`);
const workOf = async (assignment, number) => (await school.works(assignment)).find(({ user_id }) => user_id === school.students[number].user_id).work_id;
const lineDown = (down) => { app.line.down = down; if (down) app.line.cutAll(); };

check('three works by keyboard alone, beside the rubric, saved as they are given; each with a way back', async () => {
  await school.handIn(first, [0, 1, 2], (number) => ({ text: essay(10 + number, 90) }));
  const page = await open(`/app/marking/${first}`);
  await page.getByRole('link', { name: /To mark 3/ }).waitFor();
  await page.getByRole('link', { name: 'Mark next' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('radio', { name: /Weak/ }).waitFor();
  await page.getByText(essay(10, 90).slice(0, 40)).waitFor();
  await page.getByRole('radio', { name: /Weak/ }).focus();
  await page.keyboard.press('3'); // good
  await page.keyboard.press('Tab');
  await page.keyboard.type('Well reasoned.');
  await page.keyboard.press('Tab');
  await page.keyboard.type('3.5');
  await page.getByText('9.5 of 10 points').waitFor();
  await page.getByText('Saved as a draft.').waitFor();
  await look(page, 'marking-work');
  for (const [width, height] of [[1440, 700], [320, 600]]) { // as high as a small screen
    await page.setViewportSize({ width, height });
    await page.getByRole('radio', { name: /Weak/ }).scrollIntoViewIfNeeded();
    const { y, height: high } = await page.getByRole('button', { name: 'Done, next' }).boundingBox();
    assert.ok(y > 0 && y + high <= height, `what ends a work stands at ${y} of ${height} px`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByLabel('Points', { exact: true }).focus();
  const [work] = await Promise.all([workOf(first, 0)]);
  assert.deepEqual((await mark(first, work)).items, [{ id: 'argument', level: 'good', points: 6, feedback: 'Well reasoned.' }, { id: 'style', points: 3.5, feedback: '' }]);
  assert.equal((await mark(first, work)).done, false);
  await page.keyboard.press('Control+Enter');

  for (const number of [1, 2]) { // the keyboard is at the first criterion of the next work
    await page.getByText(essay(10 + number, 90).slice(0, 40)).waitFor();
    await eventually('the keyboard is at the first level', () => page.evaluate(() => document.activeElement?.getAttribute('type') === 'radio'));
    await page.keyboard.press('2');
    await page.keyboard.press('ArrowUp'); // weak
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('2');
    await page.getByText('4 of 10 points').waitFor();
    await page.keyboard.press('Control+Enter');
  }
  await page.getByRole('link', { name: /Done 3/ }).waitFor();
  await page.getByText('Nothing left to mark.').waitFor();
  assert.equal((await school.works(first)).filter(({ state }) => state === 'ready').length, 3);
  await look(page, 'marking-works');
  await toast(page, 'done.').last().getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Saved as a draft.').waitFor(); // back at that work
  await page.getByRole('link', { name: 'All works' }).click();
  await page.getByRole('link', { name: /Drafts 1/ }).waitFor();
  page.clean();
});

check('two tabs mark the same work: neither writes over the other, and each place is chosen', async () => {
  await school.handIn(first, [3], () => ({ text: essay(20) }));
  const work = await workOf(first, 3), at = `/app/marking/${first}/${work}`;
  const one = await open(at), other = await open(at);
  for (const page of [one, other]) await page.getByRole('radio', { name: /Weak/ }).waitFor();
  await one.getByRole('radio', { name: /Good/ }).check();
  await one.getByLabel('Feedback on the whole work').fill('From the first tab.');
  await one.getByText('Saved as a draft.').waitFor();
  await other.getByRole('radio', { name: /Weak/ }).check();
  await other.getByLabel('Feedback on Style').fill('Only here.');
  await other.getByText('Someone else changed this while you were working.').waitFor();
  await other.getByText('From the first tab.').waitFor();
  await look(other, 'marking-standing');
  assert.equal((await mark(first, work)).feedback, 'From the first tab.', 'nothing was written over');
  await other.getByRole('group', { name: 'Argument' }).first().getByLabel(/Saved version/).check();
  await other.getByRole('button', { name: 'Continue with this' }).click();
  await other.getByText('Saved as a draft.').waitFor();
  const { items, feedback } = await mark(first, work);
  assert.deepEqual([items, feedback], [[{ id: 'argument', level: 'good', points: 6, feedback: '' }, { id: 'style', feedback: 'Only here.' }], 'From the first tab.'],
    'theirs where theirs was chosen or they alone wrote, mine elsewhere');
  one.clean();
  other.clean();
});

check('the line is cut while marking: kept on the device over a reload, done there too, and sent when there is a line', async () => {
  await school.handIn(first, [4, 5], (number) => ({ text: essay(30 + number) }));
  const work = await workOf(first, 4), next = await workOf(first, 5);
  const page = await open(`/app/marking/${first}/${work}`);
  await page.getByRole('radio', { name: /Weak/ }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // from here on by the service worker
  await page.getByRole('radio', { name: /Fair/ }).waitFor();
  lineDown(true);
  try {
    await page.getByRole('radio', { name: /Fair/ }).check();
    await page.getByLabel('Feedback on the whole work').fill('Written in a tunnel.');
    await page.getByText('Saved on this device.').waitFor();
    await page.reload();
    await page.getByText('Saved on this device.').waitFor();
    assert.equal(await page.getByLabel('Feedback on the whole work').inputValue(), 'Written in a tunnel.');
    assert.ok(await page.getByRole('radio', { name: /Fair/ }).isChecked());
    await page.getByLabel('Points', { exact: true }).fill('4');
    await page.keyboard.press('Control+Enter');
    await toast(page, 'Saved on this device and sent').waitFor();
  } finally { lineDown(false); }
  await eventually('it was sent by itself, as done', async () => (await school.works(first)).find(({ work_id }) => work_id === work).state === 'ready', 40_000);
  assert.equal((await mark(first, work)).feedback, 'Written in a tunnel.');
  assert.equal((await school.works(first)).find(({ work_id }) => work_id === next).own_mark, null, 'the next one is as it was');
  await eventually('nothing is left on the device', async () => (await keysOf(page, work)) === 0); // once the answer is there
});

check('what one marker wrote waits for them: nobody else on the device sees or sends it', async () => {
  await school.handIn(first, [6], () => ({ text: essay(40) }));
  const work = await workOf(first, 6), at = `/app/marking/${first}/${work}`;
  const page = await open(at), sent = [];
  page.on('request', (request) => { if (request.method() === 'PUT') sent.push(request.url()); });
  await page.getByLabel('Feedback on the whole work').waitFor();
  await page.route(/\/mark$/, (route) => route.abort());
  await page.getByLabel('Feedback on the whole work').fill('Mine alone.');
  await page.getByText('Saved on this device.').waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByText('1 mark is only on this device').waitFor();
  await page.getByRole('button', { name: 'Sign out anyway' }).click();
  await signIn(page, 'admin');
  await page.unroute(/\/mark$/);
  const before = sent.length;
  await page.evaluate(async () => { dispatchEvent(new Event('online')); await fetch('/v1/me'); });
  await page.goto(app.origin() + at);
  await page.getByLabel('Feedback on the whole work').waitFor();
  assert.equal(await page.getByLabel('Feedback on the whole work').inputValue(), '');
  await page.evaluate(async () => { dispatchEvent(new Event('online')); await fetch('/v1/me'); });
  assert.equal(sent.length, before, 'nothing was sent as another');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await signIn(page, 'grace');
  await page.getByText('Saved as a draft.').waitFor();
  assert.equal((await mark(first, work)).feedback, 'Mine alone.');
  assert.equal((await mark(first, work)).marker_id, (await school.teacher.get('/v1/me')).user_id);
});

/** One mark as far as Done, by keyboard. */
async function finish(page, feedback) {
  await page.getByRole('radio', { name: /Fair/ }).check();
  await page.getByLabel('Points', { exact: true }).fill('2');
  await page.getByLabel('Feedback on the whole work').fill(feedback);
  await page.keyboard.press('Control+Enter');
}
const keysOf = (page, work) => page.evaluate((id) => Object.keys(localStorage).filter((key) => key.includes(id)).length, work);

check('done on this device, and the tab closed: sent by whatever page opens next, one after the other, and as late as the server asks', async () => {
  await school.handIn(first, [7, 8], (number) => ({ text: essay(60 + number) }));
  const works = [await workOf(first, 7), await workOf(first, 8)], page = await open(`/app/marking/${first}`), sent = [];
  await page.route(/\/mark$/, (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  for (const work of works) {
    await page.goto(`${app.origin()}/app/marking/${first}/${work}`);
    await page.getByRole('radio', { name: /Fair/ }).waitFor();
    await finish(page, `Left here: ${work}`);
    await toast(page, 'Saved on this device and sent').waitFor();
  }
  await page.close();
  let now = 0, most = 0;
  await app.context.route(/\/mark$/, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    sent.push(Date.now());
    most = Math.max(most, ++now);
    try {
      if (sent.length === 1) await route.fulfill({ status: 503, headers: { 'Retry-After': '2' }, contentType: 'application/problem+json', body: JSON.stringify({ status: 503, code: 'overloaded', title: 'busy', retryable: true }) });
      else {
        await route.continue();
        await (await route.request().response())?.finished();
      }
    } finally { now -= 1; }
  });
  try {
    const other = await open('/app/today');
    for (const work of works) await eventually('it was sent as done', async () => (await mark(first, work).catch(() => undefined))?.done === true, 20_000);
    await eventually('nothing is left on the device', async () => (await keysOf(other, works[0])) + (await keysOf(other, works[1])) === 0);
    for (const work of works) assert.equal((await mark(first, work)).feedback, `Left here: ${work}`);
    assert.deepEqual([sent.length, most], [3, 1], 'each once, beside the one that was turned away; never two at once');
    assert.ok(sent[1] - sent[0] >= 2000, `asked again after ${sent[1] - sent[0]} ms`);
  } finally { await app.context.unroute(/\/mark$/); }
});

check('two tabs, one the other’s duplicate, write the same mark: neither loses the other’s draft', async () => {
  await school.handIn(first, [9], () => ({ text: essay(70) }));
  const work = await workOf(first, 9), one = await open(`/app/marking/${first}/${work}`), cut = new Set(['one', 'twin']);
  const whole = (page) => page.getByLabel('Feedback on the whole work');
  await app.context.route(/\/mark$/, (route) => (cut.has(route.request().frame().page() === one ? 'one' : 'twin') && route.request().method() === 'PUT' ? route.abort() : route.continue()));
  try {
    await whole(one).fill('One.');
    await one.getByText('Saved on this device.').waitFor();
    const [twin] = await Promise.all([one.waitForEvent('popup'), one.evaluate(() => { open(location.href); })]); // takes sessionStorage along
    await eventually('the twin goes on from what is there', async () => (await whole(twin).inputValue()) === 'One.', 20_000);
    await whole(one).fill('One, and more.');
    await eventually('it is on the device', () => one.evaluate((id) => Object.entries(localStorage).some(([key, text]) => key.includes(id) && text.includes('and more')), work));
    await whole(twin).fill('The twin.');
    await eventually('each has a draft of its own', async () => (await keysOf(one, work)) === 2);
    cut.delete('twin');
    await twin.getByText('Saved as a draft.').waitFor({ timeout: 40_000 });
    assert.equal((await mark(first, work)).feedback, 'The twin.');
    assert.equal(await keysOf(one, work), 1, 'what the first tab wrote is still on the device');
    cut.delete('one');
    await one.getByText('Someone else changed this while you were working.').waitFor({ timeout: 40_000 });
    assert.equal(await whole(one).inputValue(), 'One, and more.');
    await one.getByRole('button', { name: 'Continue with this' }).click();
    await one.getByText('Saved as a draft.').waitFor();
    assert.equal(await keysOf(one, work), 0);
  } finally { await app.context.unroute(/\/mark$/); }
});

check('a device without room says so and saves all the same; what is done while a draft is on its way goes out once', async () => {
  const works = [await workOf(first, 9), await workOf(first, 6)], page = await open(`/app/marking/${first}/${works[0]}`), sent = [];
  const whole = page.getByLabel('Feedback on the whole work'), held = [];
  let hold = 'cut';
  await page.route(/\/mark$/, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    if (hold === 'cut') return route.abort();
    sent.push(new URL(route.request().url()).pathname.split('/').at(-2));
    if (hold === 'held') await new Promise((done) => { held.push(done); });
    return route.continue();
  });
  await whole.waitFor();
  await page.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; });
  await whole.fill('No room.');
  await page.getByText('there is not enough space on this device').waitFor();
  hold = '';
  await page.getByText('Saved as a draft.').waitFor({ timeout: 40_000 });
  assert.equal((await mark(first, works[0])).feedback, 'No room.');

  [hold, sent.length] = ['held', 0];
  await whole.fill('On its way.');
  await eventually('the draft is on its way', async () => held.length === 1);
  hold = '';
  await finish(page, 'Done meanwhile.');
  held[0]();
  await toast(page, 'done.').waitFor();
  await page.getByRole('link', { name: 'All works' }).or(page.getByRole('link', { name: /To mark/ })).first().waitFor();
  assert.equal((await mark(first, works[0])).feedback, 'Done meanwhile.');
  await page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, `/app/marking/${first}/${works[1]}`);
  await page.getByText(essay(40).slice(0, 40)).waitFor();
  await whole.fill('Of another work.'); // saved by a timer that began after the other's
  await eventually('the other work is saved', async () => sent.includes(works[1]));
  assert.deepEqual(sent, [works[0], works[0], works[1]], 'a draft, and the same as done');
});

check('results are released after a count and by name; a student asks, and is answered with another result', async () => {
  const page = await open(`/app/marking/${first}?show=all`);
  const before = (await school.works(first)).filter(({ state }) => state === 'ready').length;
  await page.getByText(`${before} results are ready.`).waitFor();
  const name = `${school.students[0].given_name} ${school.students[0].family_name}`;
  await page.getByLabel(`Release ${name}`, { exact: true }).check();
  await page.getByRole('button', { name: 'Release the 1 chosen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 result is ready.').waitFor();
  await dialog.getByLabel(/to confirm/).fill('Mathematics');
  assert.equal(await dialog.getByRole('button', { name: 'Release 1' }).getAttribute('aria-disabled'), 'true', 'not by half a name');
  await dialog.getByLabel(/to confirm/).fill(await page.getByRole('heading', { level: 1 }).textContent());
  await dialog.getByRole('button', { name: 'Release 1' }).click();
  await toast(page, '1 result was released.').waitFor();
  const student = await person(app.server, school.students[0].username);
  assert.equal((await student.get(`/v1/assignments/${first}/grade`)).points, 9.5);

  await page.getByRole('button', { name: `Release all ${before - 1}` }).click();
  const late = await workOf(first, 3), { version } = await mark(first, late);
  await school.teacher.call('PUT', `/v1/assignments/${first}/works/${late}/mark`, { ifMatch: `"${version}"`, body: { done: true, feedback: '', items: [{ id: 'argument', level: 'good' }, { id: 'style', points: 1 }] } });
  await dialog.getByLabel(/to confirm/).fill(await page.getByRole('heading', { level: 1 }).textContent());
  await dialog.getByRole('button', { name: `Release ${before - 1}` }).click();
  await toast(page, `${before - 1} results were released.`).waitFor();
  assert.equal((await school.works(first)).find(({ work_id }) => work_id === late).released_points, null, 'not what got ready after the count');

  await student.call('POST', `/v1/assignments/${first}/regrade-requests`, { body: { text: 'Please look at style again.' } });
  await page.reload();
  await page.getByRole('link', { name: /Review requested 1/ }).click();
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByText('Please look at style again.').waitFor();
  const change = page.getByRole('button', { name: 'Release the changed result' });
  assert.equal(await change.getAttribute('aria-disabled'), 'true', 'the result is what was told');
  await page.getByLabel('Points', { exact: true }).fill('4');
  await page.getByText('Saved as a draft.').waitFor();
  await page.getByRole('button', { name: 'Done, next' }).click();
  await page.goto(`${app.origin()}/app/marking/${first}/${await workOf(first, 0)}`);
  await page.getByText('The mark was changed').waitFor();
  await look(page, 'marking-regrade');
  await page.getByLabel('Answer to the student').fill('You are right.');
  await change.click();
  await toast(page, 'Result released. Answer sent.').waitFor();
  assert.equal((await student.get(`/v1/assignments/${first}/grade`)).points, 10);
  page.clean();
});

check('two mark anonymously: nobody is named, neither sees the other’s mark, and what differs is agreed on', async () => {
  await school.handIn(second, [0, 1], (number) => ({ text: essay(50 + number) }));
  await school.teacher.call('PUT', `/v1/assignments/${second}/marking`, { body: { points_max: 10, anonymous: true, second_marking_tolerance: 1 } });
  const page = await open(`/app/teaching/assignments/${second}`);
  await page.getByText('This assignment is marked anonymously').waitFor();
  await page.getByText(`2 of ${school.students.length} handed in`).first().waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Marking' }).last().click();
  await page.getByText('Marked anonymously. Works have codes').waitFor();
  const shown = await page.getByRole('main').textContent();
  for (const { family_name } of school.students.slice(0, 2)) assert.ok(!shown.includes(family_name), 'no name');
  await page.getByRole('link', { name: 'Mark next' }).click();
  await page.getByRole('heading', { name: /^Work [0-9A-F]{4}$/ }).waitFor();
  const { pathname } = new URL(page.url()), work = pathname.split('/').at(-1);
  const colleague = await person(app.server, 'admin');
  await colleague.call('PUT', `/v1/assignments/${second}/works/${work}/mark`, { body: { points: 3, feedback: 'Thin.', done: true } });
  await page.getByLabel('Points', { exact: true }).fill('8');
  await page.getByText('Saved as a draft.').waitFor();
  assert.ok(!(await page.getByRole('main').textContent()).includes('Thin.'), 'not before both are done');
  await page.getByLabel('Points', { exact: true }).focus();
  await page.keyboard.press('Control+Enter');
  await toast(page, 'done.').waitFor();
  await page.goto(app.origin() + pathname);
  await page.getByRole('heading', { name: 'Agreed mark' }).waitFor();
  await page.getByText(/(First|Second) marker: 3/).click();
  await page.getByText('Thin.').waitFor();
  await page.getByLabel('Points', { exact: true }).fill('6');
  await page.getByText('Saved as a draft.').waitFor();
  await page.keyboard.press('Control+Enter');
  await eventually('what was agreed on counts', async () => { const line = (await school.works(second)).find(({ work_id }) => work_id === work); return line.state === 'ready' && line.points === 6; });
  page.clean();
});
