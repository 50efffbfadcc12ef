// Sound and picture of a live class's room, from page to page through Janus and the gate before it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { eventually, startServer } from '../support/server.mjs';
import { beginClass, inPage, janus, join, liveClass, signIn } from './room_media.mjs';

const port = 30_000 + (process.pid % 10_000), mediaPorts = '21000-21200';
const here = (program) => { try { execFileSync('which', [program]); return true; } catch { return false; } };
const skip = here('janus') ? false : 'no janus (apt-get install janus)';
let server, gate, browser, teacher, student;

async function enter(page, username) {
  const grant = await join(server, await signIn(server, username));
  return page.evaluate(`(${inPage})(${JSON.stringify(`${server.origin('north-hill').replace('http', 'ws')}/v1/live-classes/${liveClass}/room`)}, ${JSON.stringify(grant)})`);
}
const heard = (page, type, of = '') => eventually(`${type} ${of} is heard`, () => page.evaluate(([t, o]) => window.room.messages.findLast((m) => m.type === t && (!o || m.of === o)), [type, of]))
  .catch(async (error) => { throw new Error(`${error.message}; instead ${JSON.stringify(await page.evaluate(() => window.room.messages)).slice(0, 3_000)}`); });
const comes = (page, what) => eventually('sound and picture come', async () => {
  const { audio, video } = await page.evaluate(() => window.room.stats());
  return audio?.bytes > what.audio && video?.frames > what.video && { audio, video };
});

before(async () => {
  if (skip) return;
  server = await startServer(process.env.BW_BINARY, ['--roles', 'auth,api,intake,operator,worker,rooms', '--rooms-janus', `127.0.0.1:${port}`]);
  gate = janus(server, port, mediaPorts);
  await gate.start();
  beginClass(server);
  browser = await chromium.launch({ executablePath: process.env.BW_CHROMIUM ?? '/usr/bin/chromium', headless: true,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'] });
  [teacher, student] = await Promise.all([browser.newPage(), browser.newPage()]);
  for (const page of [teacher, student]) await page.goto(server.origin('north-hill'));
});
after(async () => { await browser?.close(); await gate?.stop(); await server?.stop(); });

test('a student sees and hears the teacher, sends nothing without the right, and is out when put out', { skip }, async () => {
  await enter(teacher, 'grace');
  const entered = await enter(student, 'ada');
  assert.equal(entered.role, 'student');
  await eventually('there is a room at Janus', () => teacher.evaluate(() => window.room.messages.findLast((m) => m.type === 'entered').media.ready || window.room.messages.findLast((m) => m.type === 'media')?.ready));
  await teacher.evaluate(() => window.room.publish({ audio: true, video: { width: 320, height: 180 } }));
  await heard(teacher, 'published');
  await student.evaluate(() => window.room.say({ type: 'subscribe' }));
  const offer = await heard(student, 'offer');
  assert.match(offer.streams[0].user, /^usr_/);
  const seen = await comes(student, { audio: 2_000, video: 10 });
  assert.ok(seen.video.width > 0, JSON.stringify(seen));

  await student.evaluate(() => window.room.publish({ audio: true, video: true }));
  assert.equal((await heard(student, 'refused', 'publish')).code, 'forbidden');
  for (const type of ['joinandconfigure', 'kick', 'moderate', 'destroy', 'rtp_forward']) {
    await student.evaluate((t) => window.room.say({ type: t, room: 1, secret: '' }), type);
    assert.equal((await heard(student, 'refused', type)).code, 'invalid_field');
  }

  // Janus dies: the room says so, and after its return all begins again.
  await gate.stop('SIGKILL');
  await eventually('the room says that media is away', () => student.evaluate(() => window.room.messages.findLast((m) => m.type === 'media')?.ready === false));
  await gate.start();
  await eventually('the room says that it is back', () => student.evaluate(() => window.room.messages.findLast((m) => m.type === 'media')?.ready));
  await student.evaluate(() => { window.room.viewer.close(); window.room.viewer = null; window.room.say({ type: 'subscribe' }); });
  await teacher.evaluate(() => { window.room.publisher.close(); return window.room.publish({ audio: true, video: { width: 320, height: 180 } }); });
  await comes(student, { audio: 2_000, video: 10 });

  await teacher.evaluate((user) => window.room.say({ type: 'put_out', user }), entered.you.user);
  await eventually('the socket is closed', () => student.evaluate(() => window.room.closed === 4403));
  const first = (await student.evaluate(() => window.room.stats())).video;
  let frames = first?.frames, since = performance.now();
  await eventually('the picture stands still for half a second', async () => {
    const now = (await student.evaluate(() => window.room.stats())).video?.frames;
    if (now !== frames) { frames = now; since = performance.now(); }
    return performance.now() - since > 500;
  }).catch((error) => { throw new Error(`${JSON.stringify(first)}: ${error.message}`); });
});
