// The event stream of the client library (web/client) in a real browser before the real server: one for all tabs, through a line that is cut and a
// tab that is closed, and everybody hears everything once.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { eventually } from './bellwether.mjs';
import { startClient } from './client_page.mjs';

let on, grace, section;
before(async () => {
  on = await startClient();
  if (!on) return;
  const sectionsOf = async (ask) => (await ask('GET', '/v1/assignments?limit=500')).body.data.map((one) => one.section_id);
  grace = await on.as('grace');
  const taught = await sectionsOf(grace);
  section = (await sectionsOf(await on.as('ada'))).find((id) => taught.includes(id));
}, { timeout: 180_000 });
after(async () => { await on?.stop(); }, { timeout: 60_000 });
beforeEach(async () => { await on?.closeTabs(); });

async function listen({ page, asked }) {
  await page.evaluate(() => {
    window.heard = [];
    client.events = new client.library.Events(client.session, client.transport, client.library.sharedEvents());
    client.events.onEvent(({ name, data }) => heard.push(name === 'anew' ? name : data.announcement_id));
  });
  return { page, asked, hears: async (...all) => {
    const told = () => page.evaluate(() => heard.join());
    await eventually(`it hears ${all}`, async () => (await told()) === all.join(), 20_000).catch(async (error) => { throw new Error(`heard ${await told()}, not ${all}`, { cause: error }); });
  } };
}
async function announce(title) {
  const answer = await grace('POST', `/v1/sections/${section}/announcements`, { title });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.announcement_id;
}
const streamsOf = (...tabs) => tabs.map(({ asked }) => asked.filter((what) => what === 'GET /v1/events').length);

test('three tabs have one stream; its line is cut, its tab is closed, and nothing is missed or told twice', { timeout: 120_000 }, async () => {
  const first = await on.openTab();
  await on.signIn(first.page);
  const tabs = [await listen(first)];
  await tabs[0].hears('anew');
  for (let i = 0; i < 2; ++i) {
    tabs.push(await listen(await on.openTab()));
    await tabs.at(-1).hears('anew');
  }
  const one = await announce('One');
  for (const tab of tabs) await tab.hears('anew', one);
  assert.deepEqual(streamsOf(...tabs), [1, 0, 0]);

  on.line.cutAll();
  const two = await announce('Two'); // while nobody listens: the stream comes back within 1 to 10 s
  for (const tab of tabs) await tab.hears('anew', one, two);
  assert.deepEqual(streamsOf(...tabs), [2, 0, 0]);

  await tabs[0].page.close();
  const three = await announce('Three');
  for (const tab of tabs.slice(1)) await tab.hears('anew', one, two, three);
  const four = await announce('Four');
  for (const tab of tabs.slice(1)) await tab.hears('anew', one, two, three, four);
  assert.equal(streamsOf(...tabs.slice(1)).reduce((a, b) => a + b), 1);
});

test('a new token has a new stream, and signed out there is none', { timeout: 90_000 }, async () => {
  const first = await on.openTab();
  await on.signIn(first.page);
  const tab = await listen(first);
  await tab.hears('anew');
  await tab.page.evaluate(() => client.session.renew());
  await eventually('there is another stream', () => streamsOf(tab)[0] === 2);
  const five = await announce('Five');
  await tab.hears('anew', five);
  await tab.page.evaluate(() => client.session.signOut());
  await announce('Six');
  await on.signIn(tab.page);
  await eventually('there is a third stream', () => streamsOf(tab)[0] === 3);
  await tab.hears('anew', five, 'anew');
});
