import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activities, ApiError } from '../dist/index.js';

/** A session that answers `answers` one after the other, and what it was sent. */
function scene(answers = [], options = {}) {
  const sent = [], hidden = [];
  const session = {
    info: { user_id: 'usr_1' },
    async send(request) {
      sent.push(structuredClone(request));
      const next = answers.shift() ?? { body: { taken: 1, kept: true } };
      if (next instanceof Error) throw next;
      return next;
    },
  };
  let time = Date.parse('2026-11-23T09:00:00Z');
  const activities = new Activities(session, {
    unwanted: () => false, onHide: (deed) => { hidden.push(deed); return () => hidden.splice(hidden.indexOf(deed), 1); }, random: () => 0.5, now: () => time, ...options,
  });
  return { activities, session, sent, hidden, pass: (ms) => { time += ms; }, told: () => sent.flatMap(({ body }) => body.activities) };
}
const view = (page) => ({ kind: 'page_viewed', page });
const shed = (retryAfterMs) => Object.assign(new ApiError(503, 'overloaded', 'later', true), { retryAfterMs });
const settle = () => new Promise((done) => { setImmediate(done); });

test('what is opened is told together, each with an id and when it was', async () => {
  const { activities, sent, pass } = scene();
  activities.add(view('today'));
  pass(1500);
  activities.add({ kind: 'section_opened', subject_id: 'sec_1' });
  pass(500);
  await activities.flush();
  assert.equal(sent.length, 1);
  const { sent_at, activities: told } = sent[0].body;
  assert.equal(sent_at, '2026-11-23T09:00:02.000Z');
  assert.deepEqual(told.map(({ id, ...rest }) => rest), [
    { kind: 'page_viewed', page: 'today', occurred_at: '2026-11-23T09:00:00.000Z' },
    { kind: 'section_opened', subject_id: 'sec_1', occurred_at: '2026-11-23T09:00:01.500Z' },
  ]);
  for (const { id } of told) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(told[0].id, told[1].id);
  await activities.flush();
  assert.equal(sent.length, 1, 'nothing waits any more');
});

test('it goes by itself after a pause, and at once when the page is hidden', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { activities, sent, hidden } = scene();
  activities.add(view('today'));
  t.mock.timers.tick(29_999);
  assert.equal(sent.length, 0);
  t.mock.timers.tick(1);
  await settle();
  assert.equal(sent.length, 1);
  assert.equal(sent[0].keepalive, false);
  activities.add(view('grades'));
  hidden[0]();
  await settle();
  assert.equal(sent.length, 2);
  assert.equal(sent[1].keepalive, true);
});

test('what was refused for now comes again with the ids that it had, and is given up the third time', async () => {
  const { activities, sent } = scene([shed(), shed(5000), shed()]);
  activities.add(view('today'));
  for (let i = 0; i < 4; ++i) await activities.flush();
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map(({ body }) => body.activities[0].id)).size, 1);
});

test('what no time mends is given up at once', async () => {
  const { activities, sent } = scene([new ApiError(422, 'invalid_field', 'wrong', false), new TypeError('bug')]);
  activities.add(view('today'));
  await activities.flush();
  activities.add(view('grades'));
  await activities.flush();
  await activities.flush();
  assert.equal(sent.length, 2);
});

test('an institution that wants none is told no more', async () => {
  const { activities, sent, hidden } = scene([{ body: { taken: 0, kept: false } }]);
  activities.add(view('today'));
  await activities.flush();
  activities.add(view('grades'));
  await activities.flush();
  assert.equal(sent.length, 1);
  assert.equal(hidden.length, 0);
});

test('nothing is kept of who asks not to be followed, of nobody, or of another', async () => {
  let unwanted = true;
  const { activities, session, told } = scene([], { unwanted: () => unwanted });
  activities.add(view('today'));
  unwanted = false;
  session.info = undefined;
  activities.add(view('today'));
  session.info = { user_id: 'usr_1' };
  activities.add(view('grades'));
  session.info = { user_id: 'usr_2' };
  await activities.flush();
  activities.add(view('notices'));
  await activities.flush();
  assert.deepEqual(told().map(({ page }) => page), ['notices']);
});

test('no more is kept than one request takes: the oldest go', async () => {
  const { activities, told } = scene();
  for (let i = 0; i < 250; ++i) activities.add({ kind: 'material_opened', subject_id: `mat_${i}` });
  await activities.flush();
  assert.equal(told().length, 200);
  assert.equal(told()[0].subject_id, 'mat_50');
});
