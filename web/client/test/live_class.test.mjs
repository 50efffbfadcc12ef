import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, LiveClass } from '../dist/index.js';

const t0 = Date.parse('2026-11-30T09:00:00Z');
const at = (s) => new Date(t0 + s * 1000).toISOString().replace('.000Z', '.000Z');
const url = (edge, n = 1) => `https://${edge}.example/live/${n}/sig/t/c/index.m3u8`;

/** A server, a clock and a player that the test drives. `answers`: of joins; `known`: of the class. Time is in seconds from the first bell. */
function scene({ from = -60, random = () => 0.5 } = {}) {
  let time = t0 + from * 1000;
  let own;
  const timers = new Set(), did = [], asked = [], answers = [];
  const now = () => time;
  const session = {
    async send({ method, path, retryForMs }) {
      asked.push(`${method} ${path.replace('/v1/live-classes/liv_1', '') || '/'}`);
      if (method === 'POST') assert.equal(retryForMs, 0, 'it asks again by itself');
      const next = method === 'GET' ? own.known : answers.length > 1 ? answers.shift() : answers[0];
      const answer = typeof next === 'function' ? next() : next;
      if (answer instanceof Error) throw answer;
      return { body: answer };
    },
  };
  const player = {
    prepare: (p) => did.push(`prepare ${new URL(p.url).host.split('.')[0]} ${p.url.split('/')[4]}`), play: () => did.push('play'),
    renew: (p) => did.push(`renew ${new URL(p.url).host.split('.')[0]} ${p.url.split('/')[4]}`), stop: () => did.push('stop'),
  };
  const live = new LiveClass(session, 'liv_1', player, {
    now, random, after(ms, deed) { const timer = { at: time + ms, deed }; timers.add(timer); return () => timers.delete(timer); },
  });
  const settle = () => new Promise((done) => { setImmediate(done); });
  own = {
    live, did, asked, answers, known: undefined, settle, timers,
    async start() { await live.start(); },
    /** On to this second, with all that is due before. */
    async to(second) {
      const end = t0 + second * 1000;
      for (;;) {
        const [next] = [...timers].filter((one) => one.at <= end).sort((one, other) => one.at - other.at);
        if (!next) break;
        timers.delete(next);
        time = Math.max(time, next.at);
        next.deed();
        await settle();
      }
      time = end;
      await settle();
    },
    join({ begins = 0, playAt = begins + 2, renewIn = 60, onAir = 'teacher', edges, edge = 'one', n = 1, playback = true, ...more } = {}) {
      const play = Math.max(playAt, (time - t0) / 1000);
      return {
        live_class_id: 'liv_1', title: 'Chemistry', state: 'live', on_air: onAir, begins_at: at(begins), ends_at: at(begins + 2700), role: 'student',
        playback: playback ? { url: url(edge, n), cookies: [], expires_at: at(120) } : null, renew_at: new Date(time + renewIn * 1000).toISOString(),
        play_at: new Date(t0 + play * 1000).toISOString(), wait_ms: Math.round(t0 + play * 1000 - time), grant: { token: 'g', may: [], expires_at: at(60) }, ...(edges && { edges }), ...more,
      };
    },
  };
  return own;
}
const refusal = (status, code) => new ApiError(status, code, `it is ${code}`, false);
const busy = (status, retryAfterMs) => new ApiError(status, 'overloaded', 'later', true, retryAfterMs);
const known = (more) => ({ live_class_id: 'liv_1', title: 'Chemistry', begins_at: at(0), ends_at: at(2700), opens_at: at(-900), cancelled: false, state: 'live', recording: null, plan: null, ...more });

test('the player is ready long before, and begins at its own moment, without being asked again at the bell', async () => {
  const s = scene({ from: -30 });
  s.answers.push(() => s.join({ edge: 'one', n: 1 }));
  await s.start();
  assert.equal(s.live.view.state, 'waiting');
  await s.to(-27);
  assert.deepEqual(s.did, ['prepare one 1']);
  await s.to(1.9);
  assert.deepEqual(s.did, ['prepare one 1'], 'not before its moment');
  await s.to(2.1);
  assert.deepEqual(s.did, ['prepare one 1', 'play']);
  assert.equal(s.live.view.state, 'playing');
});

test('whoever comes at the bell waits for their moment with everything', async () => {
  const s = scene({ from: 0 });
  s.answers.push(() => s.join({ playAt: 1.5 }));
  await s.start();
  await s.to(1.4);
  assert.deepEqual(s.did, []);
  await s.to(1.6);
  assert.deepEqual(s.did, ['prepare one 1', 'play']);
});

test('the address is renewed at the moment that the server says, and what plays goes on', async () => {
  const s = scene({ from: 10 });
  let n = 0;
  s.answers.push(() => s.join({ n: ++n, renewIn: 40 }));
  await s.start();
  await s.to(49);
  assert.deepEqual(s.did, ['prepare one 1', 'play']);
  await s.to(51);
  assert.deepEqual(s.did, ['prepare one 1', 'play', 'renew one 2']);
  assert.equal(s.live.view.state, 'playing');
});

test('moments are the server’s, whatever the device’s clock says', async () => {
  const s = scene({ from: 10 });
  const off = 3600_000; // the device is an hour behind: every instant of the answer lies an hour ahead
  const shift = (of) => new Date(Date.parse(of) + off).toISOString();
  s.answers.push(() => { const j = s.join({ begins: 0, playAt: 11, renewIn: 40 }); return { ...j, play_at: shift(j.play_at), renew_at: shift(j.renew_at), begins_at: shift(j.begins_at) }; });
  await s.start();
  await s.to(11.1);
  assert.deepEqual(s.did, ['prepare one 1', 'play']);
  await s.to(51);
  assert.equal(s.asked.length, 2);
});

test('no answer and overload: asked again after what the server wants and more, ever more seldom, and what plays goes on', async () => {
  const s = scene({ from: 10 });
  s.answers.push(s.join({ renewIn: 20 }), busy(503, 7000), busy(429, 9000), new ApiError(0, 'outcome_unknown', 'none', true), () => s.join({ n: 2 }));
  await s.start();
  await s.to(30.5);
  assert.equal(s.asked.length, 2);
  assert.equal(s.live.view.fault.status, 503);
  assert.equal(s.live.view.state, 'playing');
  await s.to(36.9);
  assert.equal(s.asked.length, 2, 'not before the seven seconds');
  await s.to(38);
  assert.equal(s.asked.length, 3);
  await s.to(46);
  assert.equal(s.asked.length, 3, 'not before the nine seconds');
  await s.to(60);
  assert.deepEqual(s.did, ['prepare one 1', 'play', 'renew one 2']);
  assert.equal(s.live.view.fault, undefined);
});

test('an edge that dies: the next in the list, a moment later, without asking the server', async () => {
  const s = scene({ from: 10 });
  s.answers.push(() => s.join({ edges: ['https://one.example', 'https://two.example'] }));
  await s.start();
  await s.to(11);
  s.live.trouble('edge');
  assert.equal(s.live.view.edgeLost, true);
  await s.to(11.05);
  assert.equal(s.did.length, 2, 'not all at once');
  await s.to(12);
  assert.deepEqual(s.did, ['prepare one 1', 'play', 'renew two 1']);
  assert.equal(s.asked.length, 1);
  s.live.plays();
  assert.equal(s.live.view.edgeLost, false);
  await s.to(65);
  assert.deepEqual(s.did.slice(3), [], 'the dead one rests for a minute: it stays with the second');
});

test('when all edges are dead the server is asked, ever more seldom', async () => {
  const s = scene({ from: 10 });
  s.answers.push(() => s.join({ edges: ['https://one.example', 'https://two.example'], renewIn: 10_000 }));
  await s.start();
  await s.to(11);
  const gaps = [];
  for (let i = 0; i < 6; ++i) {
    s.live.trouble('edge');
    const [{ at: due }] = [...s.timers].sort((one, other) => one.at - other.at);
    gaps.push(due - (t0 + 11_000 + i * 20_000));
    await s.to(11 + (i + 1) * 20);
  }
  assert.ok(gaps[1] < gaps[3] && gaps[3] < gaps[5] && gaps[5] <= 10_200, `${gaps}`);
  assert.equal(s.asked.filter((one) => one.startsWith('POST')).length, 6);
});

test('an address that is over: joined anew, and the player goes on', async () => {
  const s = scene({ from: 10 });
  let n = 0;
  s.answers.push(() => s.join({ n: ++n }));
  await s.start();
  await s.to(11);
  s.live.trouble('expired');
  await s.to(12);
  assert.deepEqual(s.asked, ['POST /join', 'POST /join']);
  assert.ok(s.did.includes('renew one 2'));
});

for (const [name, error, of, state] of [
  ['cancelled', refusal(409, 'conflict'), known({ cancelled: true }), 'cancelled'],
  ['over', refusal(409, 'conflict'), known({ state: 'ended' }), 'over'],
  ['too early', refusal(409, 'conflict'), known({ begins_at: at(3600), opens_at: at(2700), ends_at: at(6300), state: 'planned' }), 'early'],
  ['put out', refusal(403, 'forbidden'), known(), 'put_out'],
  ['of another class', refusal(403, 'forbidden'), refusal(404, 'not_found'), 'away'],
  ['no class', refusal(404, 'not_found'), refusal(404, 'not_found'), 'away'],
]) {
  test(`${name}: said as ${state}, the player stops`, async () => {
    const s = scene({ from: 10 });
    s.answers.push(s.join({ renewIn: 20 }), error);
    s.known = of;
    await s.start();
    await s.to(31);
    assert.equal(s.live.view.state, state);
    assert.deepEqual(s.did, ['prepare one 1', 'play', 'stop']);
    assert.equal(s.live.view.joined, undefined, 'no grant is left');
  });
}

test('who was put out and is let in again is in again', async () => {
  const s = scene({ from: 10 });
  s.answers.push(s.join({ renewIn: 20 }), refusal(403, 'forbidden'), () => s.join({ n: 3 }));
  s.known = known();
  await s.start();
  await s.to(31);
  assert.equal(s.live.view.state, 'put_out');
  await s.to(80);
  assert.equal(s.live.view.state, 'playing');
  assert.deepEqual(s.did, ['prepare one 1', 'play', 'stop', 'prepare one 3', 'play']);
});

test('a class that moves two minutes before is heard of within seconds, and joined at its new time', async () => {
  const s = scene({ from: -120 });
  let begins = 0;
  s.answers.push(() => s.join({ begins }));
  await s.start();
  await s.to(-110);
  begins = 600;
  await s.to(-93);
  assert.equal(s.live.view.movedFrom, at(0));
  assert.equal(s.live.view.beginsAt, at(600));
  await s.to(590);
  assert.ok(!s.did.includes('play'), 'not at the old time');
  await s.to(603);
  assert.equal(s.live.view.state, 'playing');
});

test('a class that plays and is moved to later waits again', async () => {
  const s = scene({ from: 10 });
  let begins = 0;
  s.answers.push(() => s.join({ begins, renewIn: 20 }));
  await s.start();
  begins = 900;
  await s.to(31);
  assert.equal(s.live.view.state, 'waiting');
  assert.equal(s.live.view.movedFrom, at(0));
  assert.deepEqual(s.did.slice(0, 3), ['prepare one 1', 'play', 'stop']);
});

test('while the teacher’s picture is missing it is looked at within seconds; else at the renewal alone', async () => {
  const s = scene({ from: 10 });
  let onAir = 'slate';
  s.answers.push(() => s.join({ onAir, renewIn: 100 }));
  await s.start();
  await s.to(45);
  assert.ok(s.asked.length >= 3 && s.asked.length <= 6, `${s.asked.length}`);
  onAir = 'teacher';
  await s.to(62);
  const { length } = s.asked;
  assert.equal(s.live.view.onAir, 'teacher');
  await s.to(130);
  assert.equal(s.asked.length, length);
});

test('ten thousand do not ask together: renewals, looks and edges are apart', async () => {
  const moments = [];
  for (let i = 0; i < 40; ++i) {
    const s = scene({ from: 10, random: () => (i + 0.5) / 40 });
    s.answers.push(() => s.join({ onAir: 'slate', edges: ['https://one.example', 'https://two.example'], renewIn: 1000 }));
    await s.start();
    await s.to(10.001);
    s.live.trouble('edge');
    moments.push([...s.timers].map((one) => one.at).sort());
  }
  assert.ok(new Set(moments.map(([first]) => first)).size >= 38);
});

test('closed: nothing is asked, nothing plays', async () => {
  const s = scene({ from: 10 });
  s.answers.push(() => s.join({ renewIn: 20 }));
  await s.start();
  await s.to(11);
  s.live.close();
  await s.to(200);
  assert.equal(s.asked.length, 1);
  assert.equal(s.did.at(-1), 'stop');
  assert.equal(s.timers.size, 0);
});
