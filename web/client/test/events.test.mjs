import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiError, Events } from '../dist/index.js';

const opened = [];
after(() => opened.forEach((events) => events.close()));

/** What the tabs of one browser share: the first leads, and when it goes the next one does. */
function browser() {
  const tabs = new Set(), queue = [];
  let leads = false;
  const next = async () => {
    if (leads) return;
    const one = queue.shift();
    if (!one) return;
    leads = true;
    if (!one.signal.aborted) await Promise.race([one.deed(), new Promise((done) => { one.signal.addEventListener('abort', done); })]);
    leads = false;
    void next();
  };
  return {
    share: () => {
      const own = { seen: () => undefined };
      tabs.add(own);
      return {
        lead(deed, signal) { queue.push({ deed, signal }); void next(); return Promise.resolve(); },
        pass(message) { for (const tab of tabs) if (tab !== own) tab.seen(structuredClone(message)); },
        onPassed(seen) { own.seen = seen; return () => tabs.delete(own); },
      };
    },
  };
}
function session(user = 'usr_1') {
  const heard = new Set();
  const one = {
    info: { user_id: user, expires_at: '1' }, renewed: [],
    onChange(listener) { heard.add(listener); return () => heard.delete(listener); },
    async renew(seen) { one.renewed.push(seen); one.become({ ...one.info, expires_at: `${Number(seen) + 1}` }); },
    become(info) { one.info = info; for (const listener of heard) listener(); },
  };
  return one;
}
/** A server of streams; `refusals` are answers before them. */
function streams(refusals = []) {
  const all = [];
  return {
    all,
    async stream({ headers, signal }) {
      const asked = { last: headers['Last-Event-ID'], signal };
      all.push(asked);
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      let out;
      const body = new ReadableStream({ start(controller) { out = controller; signal.addEventListener('abort', () => { try { controller.error(signal.reason); } catch { /* over */ } }); } });
      asked.say = (text) => out.enqueue(new TextEncoder().encode(text));
      asked.ready = (id) => asked.say(`retry: 4000\nevent: ready\nid: ${id}\ndata: {}\n\n`);
      asked.notice = (id, data = {}) => asked.say(`event: announcement\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
      asked.cut = () => out.error(new TypeError('network'));
      asked.end = () => out.close();
      return new Response(body);
    },
  };
}
const soon = async (what, good) => {
  for (let i = 0; i < 400; ++i) {
    if (good()) return;
    await new Promise((done) => { setTimeout(done, 5); });
  }
  assert.fail(what());
};
/** A tab; what it heard, by name and id. Its pauses pass at once, and are noted; a long one until something changes. */
function tab(shared, who, server, options = {}) {
  const heard = [], slept = [];
  const sleep = (ms, signal) => (slept.push(ms), ms < 600_000 ? Promise.resolve() : new Promise((_, gone) => { signal.addEventListener('abort', gone); }));
  const events = new Events(who, server, shared.share(), { random: () => 1, sleep, ...options });
  opened.push(events);
  events.onEvent(({ name, id }) => heard.push(id ? `${name} ${id}` : name));
  return { events, heard, slept, hears: (...all) => soon(() => `heard ${heard}, not ${all}`, () => heard.join() === all.join()) };
}
const opens = (server, n) => soon(() => `${server.all.length} streams, not ${n}`, () => server.all.length >= n && (server.all[n - 1].say || true));

test('one stream for all tabs, and everybody hears everything once', async () => {
  const shared = browser(), server = streams(), who = session();
  const one = tab(shared, who, server), other = tab(shared, who, server);
  await opens(server, 1);
  server.all[0].ready('p0');
  await one.hears('anew');
  server.all[0].notice('p1');
  for (const each of [one, other]) await each.hears('anew', 'announcement p1');
  const late = tab(shared, who, server);
  await late.hears('anew');
  server.all[0].notice('p2');
  for (const each of [one, other]) await each.hears('anew', 'announcement p1', 'announcement p2');
  await late.hears('anew', 'announcement p2');
  assert.equal(server.all.length, 1);
});

test('a stream that was cut goes on behind the last event, when the server said to come back', async () => {
  const server = streams(), one = tab(browser(), session(), server);
  await opens(server, 1);
  server.all[0].ready('p0');
  server.all[0].notice('p1');
  await one.hears('anew', 'announcement p1');
  server.all[0].cut();
  await opens(server, 2);
  assert.deepEqual([server.all[1].last, one.slept.at(-1)], ['p1', 4000]);
  server.all[1].notice('p2');
  server.all[1].ready('p2r');
  await one.hears('anew', 'announcement p1', 'announcement p2');
});

test('the tab that holds the stream goes: the next goes on where it stood', async () => {
  const shared = browser(), server = streams(), who = session();
  const one = tab(shared, who, server), other = tab(shared, who, server);
  await opens(server, 1);
  server.all[0].ready('p0');
  server.all[0].notice('p1');
  await other.hears('anew', 'announcement p1');
  one.events.close();
  await opens(server, 2);
  assert.equal(server.all[1].last, 'p1');
  server.all[1].notice('p2');
  await other.hears('anew', 'announcement p1', 'announcement p2');
  assert.equal(server.all[0].signal.aborted, true);
});

test('who missed something that tabs told each other reads anew', async () => {
  const shared = browser(), server = streams(), who = session();
  const one = tab(shared, who, server);
  let deaf = true;
  const ears = shared.share();
  const half = { share: () => ({ ...ears, onPassed: (seen) => ears.onPassed((message) => { if (!deaf) seen(message); }) }) };
  await opens(server, 1);
  server.all[0].ready('p0');
  await one.hears('anew');
  deaf = false;
  const other = tab(half, who, server);
  await other.hears('anew');
  deaf = true;
  server.all[0].notice('p1');
  await one.hears('anew', 'announcement p1');
  deaf = false;
  server.all[0].notice('p2');
  await other.hears('anew', 'anew');
});

test('Retry-After is honoured, and pauses grow', async () => {
  const busy = new ApiError(503, 'overloaded', 'busy', true, 7000), gone = new ApiError(0, 'unreachable', 'gone', true);
  const server = streams([busy, gone, gone]), one = tab(browser(), session(), server);
  await opens(server, 4);
  assert.deepEqual(one.slept, [7700, 1000, 2000]);
});

test('an old token is renewed; a new one means a new stream', async () => {
  const who = session(), server = streams([new ApiError(401, 'unauthenticated', 'old', false)]), one = tab(browser(), who, server);
  await opens(server, 2);
  assert.deepEqual(who.renewed, ['1']);
  server.all[1].ready('p0');
  await one.hears('anew');
  who.become({ ...who.info, expires_at: '9' });
  await opens(server, 3);
  assert.deepEqual([server.all[1].signal.aborted, server.all[2].last], [true, 'p0']);
});

test('signed out nothing is asked; another person begins anew', async () => {
  const who = session(), server = streams(), one = tab(browser(), who, server);
  await opens(server, 1);
  server.all[0].ready('p0');
  await one.hears('anew');
  who.become(undefined);
  await soon(() => 'it goes on', () => server.all[0].signal.aborted && one.slept.at(-1) === 600_000);
  assert.equal(server.all.length, 1);
  who.become({ user_id: 'usr_2', expires_at: '5' });
  await opens(server, 2);
  assert.equal(server.all[1].last, undefined);
});

test('a line without a word is dead, and a position that is unknown is given up', async () => {
  const server = streams(), one = tab(browser(), session(), server, { silenceMs: 30 });
  await opens(server, 1);
  server.all[0].ready('p0');
  await opens(server, 2);
  assert.equal(server.all[1].last, 'p0');
  const lost = streams(), two = tab(browser(), session(), lost);
  await opens(lost, 1);
  lost.all[0].ready('p0');
  await two.hears('anew');
  const stream = lost.stream;
  lost.stream = (request) => (request.headers['Last-Event-ID'] ? (lost.all.push({}), Promise.reject(new ApiError(422, 'invalid_field', 'what?', false))) : stream(request));
  lost.all[0].cut();
  await opens(lost, 3);
  lost.all[2].ready('q0');
  await two.hears('anew', 'anew');
  one.events.close();
});

test('a listener that throws, and what cannot be read, neither end the stream nor leave it open', async () => {
  const server = streams(), one = tab(browser(), session(), server);
  const said = console.error;
  console.error = () => {};
  try {
    one.events.onEvent(() => { throw new Error('shown badly'); });
    const after = [];
    one.events.onEvent(({ name }) => after.push(name));
    await opens(server, 1);
    server.all[0].ready('p0');
    server.all[0].notice('p1');
    await soon(() => `${after}`, () => after.join() === 'anew,announcement');
    server.all[0].say('id: p2\nevent: announcement\ndata: {no\n\n');
    await soon(() => `${after}`, () => after.join() === 'anew,announcement,anew');
    server.all[0].notice('p3');
    await soon(() => `${after}`, () => after.join() === 'anew,announcement,anew,announcement');
    assert.equal(server.all.length, 1);
    server.all[0].end();
    await opens(server, 2);
    assert.equal(server.all[0].signal.aborted, true);
  } finally { console.error = said; }
});
