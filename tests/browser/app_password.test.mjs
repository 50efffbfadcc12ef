// A password that is forgotten or was never there, in the app: asked for by mail and chosen with the mail's link, a class code or a card's code.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { lacksMail, startMail } from '../support/mail.mjs';
import { lacks, look, openPage, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { eventually } from './bellwether.mjs';

const skip = lacks() ?? lacksMail(), slug = 'north-hill', old = 'bell-at-nine', adasMail = `ada@${slug}.example`;
let mail, app, direct;
before(async () => {
  if (skip) return;
  mail = await startMail();
  app = await startApp(mail.options);
  direct = { context: app.context, origin: app.server.origin }; // links lead to where the program listens
}, { timeout: 180_000 });
after(async () => { try { await app?.stop(); } finally { mail?.stop(); } }, { timeout: 60_000 });
beforeEach(async () => { if (app) await emptied(app); });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

const enters = async (username, password) => (await app.server.request(slug, 'POST', '/v1/sessions', { body: { username, password } })).status;
const ways = { again: 'New password again', next: 'New password', submit: 'Set the password' };
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const field = (page, name) => page.getByLabel(name, { exact: true });
async function choose(page, password, again = password) {
  await field(page, ways.next).fill(password);
  await field(page, ways.again).fill(again);
  await page.getByRole('button', { name: ways.submit }).click();
}
/** A section that Grace teaches and Ada attends, and Ada's id. */
async function adasSection(grace) {
  for (const { section_id } of (await grace('GET', '/v1/assignments')).data) {
    const ada = (await grace('GET', `/v1/sections/${section_id}/accounts`)).data.find(({ username }) => username === 'ada');
    if (ada) return { section: section_id, user: ada.user_id };
  }
  return assert.fail('Grace teaches Ada nowhere');
}
const openAda = async (grace) => {
  const { section, user } = await adasSection(grace);
  return (await grace('POST', `/v1/sections/${section}/class-code`, { minutes: 15, user_ids: [user] })).code;
};

check('from the sign-in page, by keyboard: a link by mail, a password, signed in; the link counts once', async () => {
  const page = await openPage(app), secrets = [];
  await page.getByRole('link', { name: 'Forgot your password' }).press('Enter');
  await heading(page, 'Forgot your password');
  await look(page, 'forgot');
  await field(page, 'User name').focus();
  await page.keyboard.type('ada');
  await page.keyboard.press('Enter');
  await heading(page, 'Check your email');
  await page.getByText('If “ada” is known here and has an email address').waitFor();
  await look(page, 'forgot-asked');
  page.clean();
  await page.close();

  const link = await mail.link(adasMail), token = new URL(link).hash.slice('#token='.length);
  assert.ok(link.startsWith(`${app.server.origin(slug)}/password#token=`), link);
  const chosen = await app.context.newPage();
  chosen.on('request', (request) => { if (`${request.url()} ${JSON.stringify(request.headers())}`.includes(token)) secrets.push(request.url()); });
  chosen.on('console', (message) => { if (message.text().includes(token)) secrets.push(message.text()); });
  await chosen.goto(link);
  await heading(chosen, 'Choose a password');
  assert.equal(chosen.url(), `${app.server.origin(slug)}/app/password`, 'the token leaves the address');
  assert.equal(await chosen.evaluate((secret) => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]).includes(secret), token), false);
  assert.equal(await field(chosen, 'Code').count(), 0, 'a link needs no code');
  await look(chosen, 'password-link');
  await field(chosen, ways.next).focus();
  await chosen.keyboard.type('short');
  await chosen.keyboard.press('Tab');
  await chosen.keyboard.type('shirt');
  await chosen.keyboard.press('Enter');
  await chosen.getByText('The two passwords are not the same.').waitFor();
  await field(chosen, 'Show the password').focus();
  await chosen.keyboard.press('Space');
  assert.equal(await field(chosen, ways.next).getAttribute('type'), 'text');
  assert.equal(await field(chosen, ways.again).count(), 0, 'who sees it need not type it twice');
  await field(chosen, ways.next).press('Enter');
  await chosen.getByText('Use at least 8 characters.').waitFor();
  assert.equal(await field(chosen, ways.next).getAttribute('aria-invalid'), 'true');
  await look(chosen, 'password-short');
  await field(chosen, ways.next).fill('seven red lamps');
  await field(chosen, ways.next).press('Enter');
  await heading(chosen, 'The password is set');
  await look(chosen, 'password-set');
  assert.deepEqual(secrets, [], 'the token goes nowhere but into the one body');
  assert.equal(await enters('ada', old), 401);
  await chosen.getByRole('link', { name: 'To the sign-in page' }).press('Enter');
  await field(chosen, 'User name').fill('ada');
  await field(chosen, 'Password').fill('seven red lamps');
  await chosen.getByRole('button', { name: 'Sign in' }).click();
  await heading(chosen, 'Today');
  await chosen.close();
  await emptied({ ...app, origin: app.server.origin });

  const again = await openPage(direct, `/password#token=${token}`); // used
  await choose(again, 'eight blue lamps');
  await again.getByText('This link no longer works').waitFor();
  await look(again, 'password-link-over');
  await again.getByRole('link', { name: 'Send a new link' }).click();
  await heading(again, 'Forgot your password');
  again.clean();
  const cut = await openPage(direct, '/app/password#token=half-of-one');
  await choose(cut, 'eight blue lamps');
  await cut.getByText('was not copied completely').waitFor();
  await cut.getByRole('button', { name: 'Use a code' }).click();
  await field(cut, 'Code').waitFor();
  cut.clean();
});

check('whoever is asked for, the page says the same; nobody gets no mail', async () => {
  const said = [], before = mail.mails.length;
  for (const [known, who] of [['username', 'grace'], ['username', 'nobody-here'], ['email', 'nobody@nowhere.example']]) {
    const page = await openPage(app, '/app/forgot');
    await field(page, 'What do you know?').selectOption(known);
    await field(page, known === 'email' ? 'Email address' : 'User name').fill(who);
    await page.getByRole('button', { name: 'Send a link' }).click();
    await heading(page, 'Check your email');
    said.push((await page.locator('#main').innerText()).replaceAll(who, 'WHO'));
    page.clean();
    await page.close();
  }
  assert.equal(new Set(said).size, 1);
  await mail.link(`grace@${slug}.example`);
  assert.deepEqual(mail.mails.slice(before).filter(({ subject, to }) => !/ada@|grace@/.test(to[0])).map(({ to }) => to), []);
});

check('with a class code, and with a card, whose link fills the form; what is wrong is said where it is', async () => {
  const grace = await api(app, 'grace'), code = await openAda(grace);
  const page = await openPage(app, '/app/password');
  await look(page, 'password-code');
  await field(page, 'User name').fill('ada');
  await field(page, 'Code').fill('AEIOU');
  await choose(page, 'nine green lamps');
  await page.getByText('A code has six or ten letters and digits').waitFor();
  assert.equal(await field(page, 'Code').getAttribute('aria-invalid'), 'true');
  await field(page, 'Code').fill('BCDFG-HJKMN');
  await page.getByRole('button', { name: ways.submit }).click();
  await page.getByText('This code does not work').waitFor();
  await field(page, 'Code').fill(code.toLowerCase());
  await page.getByRole('button', { name: ways.submit }).click();
  await heading(page, 'The password is set');
  assert.equal(await enters('ada', 'nine green lamps'), 201);
  page.clean();

  const second = await openAda(grace);
  const card = await openPage(direct, `/password#username=ada&code=${second}`);
  await heading(card, 'Choose a password');
  assert.equal(card.url(), `${app.server.origin(slug)}/app/password`);
  assert.equal(await field(card, 'User name').inputValue(), 'ada');
  assert.equal(await field(card, 'Code').inputValue(), second);
  await choose(card, 'ten black lamps');
  await heading(card, 'The password is set');
  assert.equal(await enters('ada', 'ten black lamps'), 201);
  card.clean();
});

check('a full house: it says so, asks again by itself, and stops when told; what may have been done is not sent again', async () => {
  const page = await openPage(app, '/app/password');
  const busy = (waiting) => ({ status: 503, contentType: 'application/problem+json', headers: { 'Retry-After': '0' },
    body: JSON.stringify({ type: 'about:blank', title: 'Busy', status: 503, code: 'overloaded', detail: 'wait', request_id: 'x', retryable: true, ...(waiting && { waiting }) }) });
  let asked = 0, answer = (route) => route.fulfill(busy({ place: 12, estimate_seconds: 5 }));
  await page.route('**/v1/passwords', (route) => { asked += 1; return answer(route); });
  await field(page, 'User name').fill('ada');
  await field(page, 'Code').fill('BCDFG-HJKMN');
  await choose(page, 'eleven grey lamps');
  await page.getByText('12 people are ahead of you').waitFor();
  await eventually('it asks again', () => asked >= 2);
  answer = (route) => route.fulfill(busy());
  await page.getByText('We try again automatically').waitFor();
  await page.getByRole('button', { name: 'Stop trying' }).click();
  await page.getByRole('button', { name: 'Stop trying' }).waitFor({ state: 'detached' });
  assert.equal(await field(page, ways.next).inputValue(), 'eleven grey lamps', 'nothing that was typed is lost');
  answer = (route) => route.abort();
  asked = 0;
  await page.getByRole('button', { name: ways.submit }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(asked, 1, 'a link or code counts once: the answer may have been lost behind it');
  answer = (route) => route.continue();
  await page.getByRole('button', { name: ways.submit }).click();
  await page.getByText('This code does not work').waitFor();
  page.clean();
});

check('in Arabic, from right to left', async () => {
  const page = await openPage(app, '/app/forgot');
  await page.getByLabel('Language').selectOption('ar');
  await heading(page, 'نسيت كلمة المرور');
  await look(page, 'forgot-ar');
  await page.getByRole('link', { name: 'لدي رمز' }).click();
  await heading(page, 'اختيار كلمة مرور');
  await look(page, 'password-code-ar');
  page.clean();
});
