// A live class in the browser: the page is ready before the bell, plays through signed edges, and says what becomes of the class. Everything is real but the
// teacher: what they would send was encoded before, and a small origin plays it out live (live_school.mjs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lacks, look, openPage, signIn, startApp } from './app.mjs';
import { api, emptied } from './app_people.mjs';
import { eventually } from './bellwether.mjs';
import { edgeKey, freePort, lacksVideo, liveLesson, startEdge, startOrigin } from './live_school.mjs';

const skip = lacks() ?? lacksVideo();
const addressSeconds = 12, standsLimitMs = 2000; // a segment: on a machine that others load a picture may stand still for a moment
let app, origin, edges, ada, grace, lesson, live, page;

before(async () => {
  if (skip) return;
  origin = await startOrigin();
  const ports = [await freePort(), await freePort()];
  app = await startApp(['--roles', 'auth,api,intake,operator,worker,live', '--live-origin', `http://${origin.address}`, '--live-address-seconds', String(addressSeconds),
    ...ports.flatMap((port, n) => ['--live-edge', `edge-${n + 1},here,1,http://127.0.0.1:${port}`])], {
    prepare(data) {
      const secret = edgeKey(data);
      edges = ports.map((port, n) => startEdge({ name: `edge-${n + 1}`, port, origin: origin.address, secret }));
    },
  });
  app.videoHosts = edges.map(({ url }) => url);
  const admin = await api(app, 'admin');
  [ada, grace] = [await api(app, 'ada'), await api(app, 'grace')];
  lesson = await liveLesson(admin, ada, grace);
  await lesson.move(2);
  const { lesson_id } = await lesson.add();
  await grace('PUT', `/v1/lessons/${lesson_id}/live`, { students_may: ['data'] });
  live = await eventually('the class has a stream', async () => {
    const [one] = (await grace('GET', '/v1/live-classes')).data;
    return one && one.state !== 'planned' && one;
  });
}, { timeout: 180_000 });
after(async () => {
  try { await app?.stop(); } finally {
    for (const edge of edges ?? []) await edge.stop();
    await origin?.stop();
  }
}, { timeout: 60_000 });
const check = (name, deed) => test(name, { timeout: 90_000, skip }, deed);

/** A page asks when it is looked at again; so does this test, which need not wait for its turn. */
const lookAgain = (of) => of.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
const film = (of) => of.evaluate(() => {
  const video = document.querySelector('video');
  return {
    frames: video.getVideoPlaybackQuality().totalVideoFrames, video: video.webkitVideoDecodedByteCount, audio: video.webkitAudioDecodedByteCount, height: video.videoHeight,
    at: video.currentTime, stood: Math.max(0, ...(window.stood ?? []), window.standing ? performance.now() - window.standing : 0), ahead: video.buffered.length ? video.buffered.end(video.buffered.length - 1) - video.currentTime : 0,
  };
});
/** Picture and sound go on. */
async function goesOn(of, what, ms = 20_000) {
  let before = await film(of);
  await eventually(what, async () => {
    const now = await film(of);
    if (now.frames < before.frames || now.audio < before.audio) before = now; // the player began anew, and counts anew
    return now.frames > before.frames + 20 && now.audio > before.audio + 4000;
  }, ms);
}
const openTab = async (at) => {
  const tab = await openPage(app, at);
  tab.asked = [];
  tab.on('request', (request) => { if (request.url().includes('/live/') && app.videoHosts.some((host) => request.url().startsWith(host))) tab.asked.push(request.url()); });
  return tab;
};
const rungsOf = (asked) => asked.map((url) => /\/(720|480|360|240)\/\d+\.m4s$/.exec(url)?.[1]).filter(Boolean);
const prefixesOf = (asked) => new Set(asked.map((url) => new URL(url).pathname.split('/').slice(2, 4).join('/')));

check('today leads to the class, whose page is ready before the bell', async () => {
  page = await openTab('/app/today');
  await signIn(page, 'ada');
  await page.getByRole('link', { name: `Join the live class: ${lesson.section.title}` }).click();
  await page.getByText('The class starts on this page by itself.').waitFor();
  await page.evaluate(() => { window.mark = 'no page was loaded since'; });
  await eventually('the player has the master playlist before the class begins', () => page.asked.some((url) => url.endsWith('/index.m3u8')));
  assert.deepEqual(rungsOf(page.asked), [], 'and no picture');
  await look(page, 'live-waiting');
});

check('a class that is moved two minutes before says so, and starts by itself when it begins', async () => {
  await lesson.move(12);
  await eventually('the move is heard of', async () => { await lookAgain(page); return page.getByText('This class was moved.').isVisible(); });
  await look(page, 'live-moved');
  await page.getByLabel('Language').selectOption('ar');
  await page.getByText('نُقلت هذه الحصة.').waitFor();
  await look(page, 'live-moved-ar');
  await page.getByLabel('اللغة').selectOption('en');
  await lesson.move(-1);
  await eventually('it plays', async () => { await lookAgain(page); return page.locator('.stage.plays').isVisible(); });
  await page.evaluate(() => {
    const video = document.querySelector('video');
    window.stood = [];
    video.addEventListener('waiting', () => { window.standing ??= performance.now(); });
    video.addEventListener('playing', () => { if (window.standing) window.stood.push(performance.now() - window.standing); window.standing = undefined; });
  });
  await goesOn(page, 'picture and sound');
  assert.equal(await page.evaluate(() => window.mark), 'no page was loaded since');
});

check('an address opens its own class, signed and in time, and nothing else', async () => {
  const url = page.asked.find((one) => one.endsWith('/index.m3u8')), status = async (at) => (await fetch(at)).status;
  const { playback } = await ada('POST', `/v1/live-classes/${live.live_class_id}/join`);
  assert.equal(await status(playback.url), 200);
  assert.equal(await status(playback.url.replace(/\/live\/(\d+)\/[^/]+\//, '/live/$1/AAAAAAAAAAAAAAAAAAAAAA/')), 403, 'another signature');
  assert.equal(await status(playback.url.replace(/liv_[0-9a-f]+|[^/]+(?=\/index\.m3u8)/, 'another')), 403, 'another class');
  await eventually('an address that is over', async () => (await status(url)) === 410);
});

check('the address is renewed and the picture goes on; without renewals it ends', async () => {
  const other = await openTab(`/app/live/${live.live_class_id}`);
  await eventually('it plays', () => other.locator('.stage.plays').isVisible());
  await other.route('**/join', (route) => route.abort());
  const [before, { frames }] = [prefixesOf(page.asked).size, await film(page)];
  await eventually('two renewals', () => prefixesOf(page.asked).size >= before + 2, 40_000);
  await goesOn(page, 'the picture behind them');
  assert.ok((await film(page)).frames > frames);
  assert.ok((await film(page)).stood < standsLimitMs, 'nobody saw the renewals');
  let last = -1;
  await eventually('the other tab has come to the end of what it had', async () => {
    const { frames: now } = await film(other), same = now === last;
    last = now;
    await other.waitForTimeout(900);
    return same;
  }, 40_000);
  await other.unroute('**/join');
  await goesOn(other, 'the other tab recovers by itself', 30_000);
  await other.close();
});

check('a line that gets slow at the live edge: a smaller picture within a few segments, without an end; and the better one again', async () => {
  const devtools = await app.context.newCDPSession(page);
  const line = (kbit) => devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 20, downloadThroughput: kbit * 125, uploadThroughput: 1_000_000 });
  await devtools.send('Network.enable');
  const newest = () => Number(rungsOf(page.asked).at(-1));
  await eventually('the best rung', () => newest() === 720);
  const at = rungsOf(page.asked).length;
  await line(700);
  await eventually('a lower rung', () => newest() <= 360);
  const asked = rungsOf(page.asked).slice(at);
  assert.ok(asked.filter((rung) => rung === '720').length <= 2, `${asked}`);
  await eventually('the smaller picture shows', async () => (await film(page)).height <= 360);
  await goesOn(page, 'the smaller picture');
  const slow = await film(page);
  await line(20_000);
  await eventually('the best rung again', () => newest() === 720);
  await eventually('the better picture shows', async () => (await film(page)).height === 720);
  assert.ok(slow.stood < standsLimitMs, `the picture stood still for ${slow.stood} ms`);
  await devtools.detach();
});

check('quality is chosen by hand, the sound turned off by a key', async () => {
  await page.getByLabel('Quality').selectOption('240p');
  await eventually('it', async () => (await film(page)).height === 240);
  await page.getByLabel('Quality').selectOption('Automatic');
  await page.getByLabel('Quality').focus();
  await page.getByRole('button', { name: 'Turn the sound off' }).focus();
  await page.keyboard.press('m');
  await page.getByRole('button', { name: 'Turn the sound on' }).waitFor();
  await page.keyboard.press('m');
  await look(page, 'live-plays');
});

check('an edge dies: the picture comes from the other', async () => {
  const used = new URL(page.asked.at(-1)).origin, dead = edges.find(({ url }) => url === used);
  await dead.kill();
  const asked = page.asked.length;
  await eventually('the other edge is asked', () => page.asked.slice(asked).some((url) => !url.startsWith(used)), 40_000);
  await goesOn(page, 'the picture by the other edge', 30_000);
});

check('the teacher’s line is cut and comes back: the page says so, and goes on', async () => {
  origin.silence();
  await page.getByText('The teacher’s picture has stopped.').waitFor();
  origin.speak();
  await goesOn(page, 'the picture', 30_000);
  await eventually('nothing is said any more', async () => (await page.getByText('The teacher’s picture has stopped.').count()) === 0);
});


check('its teacher sees whether all is ready, shows the key, puts somebody out and lets them in again', async () => {
  const desk = await (async () => { await emptied(app); return openTab(`/app/live/${live.live_class_id}`); })();
  await signIn(desk, 'grace');
  await desk.getByRole('heading', { name: 'Is everything ready?' }).waitFor();
  assert.equal(await desk.getByLabel('Key', { exact: true }).count(), 0, 'it shows on demand');
  await desk.getByRole('button', { name: 'Show the address and the key' }).click();
  assert.match(await desk.getByLabel('Key', { exact: true }).inputValue(), /signature=/);
  await desk.getByRole('button', { name: 'Hide them' }).click();
  const token = (await app.server.request('north-hill', 'POST', '/v1/sessions', { body: { username: 'ada', password: 'bell-at-nine' } })).json().access_token;
  const join = async () => (await app.server.request('north-hill', 'POST', `/v1/live-classes/${live.live_class_id}/join`, { headers: { Authorization: `Bearer ${token}` } })).status;
  await desk.getByRole('button', { name: 'Put out: Ada Jones' }).click();
  await desk.getByText('Ada Jones was put out.').waitFor();
  assert.equal(await join(), 403);
  await desk.getByRole('button', { name: 'Let in again: Ada Jones' }).click();
  await eventually('she is let in', async () => (await join()) === 200);
});
