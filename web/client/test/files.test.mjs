import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, test } from 'node:test';
import { ApiError, Outbox } from '../dist/index.js';
import { declarationOf, mediaTypeOf, namesOf } from '../dist/file_names.js';
import { Files } from '../dist/files.js';
import { sha256Of } from '../dist/hash.js';
import { entryStore } from './fakes.mjs';

const opened = [];
after(() => opened.forEach((one) => one.close()));
const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');
const file = (name, text, type = 'text/plain') => new File([text], name, { type });
const gone = () => new ApiError(0, 'unreachable', 'gone', true);

/** Of one browser. `room`: free bytes; `fails`: what writing bytes throws. */
function fileStore() {
  const rows = new Map(), bytes = new Map(), last = {};
  const store = {
    rows, contents: bytes, overTabs: true, room: async () => store.free, persist: async () => {},
    all: async () => structuredClone([...rows.values()]),
    async put(row) { rows.set(row.key, structuredClone(row)); },
    async remove(key) { rows.delete(key); },
    async keep(key, blob) { if (store.fails) throw store.fails; bytes.set(key, blob); },
    bytes: async (key) => bytes.get(key),
    kept: async () => [...bytes.keys()],
    async drop(key) { bytes.delete(key); },
    say() {}, onChange: () => () => undefined,
    exclusively(what, deed) { const mine = (last[what] ?? Promise.resolve()).then(deed, deed); last[what] = mine.catch(() => undefined); return mine; },
  };
  return store;
}

/** A server that receives, records when it is let, and has uploads. */
function world() {
  const one = { user: 'usr_1', log: [], uploads: new Map(), recorded: true, told: {}, declared: undefined, fault: undefined, heard: new Set() };
  one.session = {
    get info() { return one.user && { user_id: one.user }; },
    onChange(listener) { one.heard.add(listener); return () => one.heard.delete(listener); },
    async send({ method, path, body }) {
      one.log.push(`${method} ${path.replace(/[0-9]+$/, 'N')}`);
      const fault = one.fault?.(method, path);
      if (fault) throw fault;
      if (method === 'POST') {
        one.declared = body.files;
        return { body: { submission_id: 'sub_1', receipt: {}, state: 'received' } };
      }
      if (path.startsWith('/v1/uploads')) {
        const upload = one.uploads.get(path);
        if (!upload) throw new ApiError(404, 'not_found', 'no', false);
        return { body: upload };
      }
      if (one.refused) return { body: { state: 'refused', reason: one.refused } };
      if (!one.recorded) return { body: { state: 'received' } };
      const there = new Set([...one.uploads.values()].filter(({ state }) => state === 'complete').map((upload) => upload.sha256));
      return { body: { state: 'recorded', late: false, files: one.declared.map((declared) => ({ state: one.told[declared.name] ?? (there.has(declared.sha256) ? 'not_scanned' : 'awaiting'), late: false, upload_until: 'then' })) } };
    },
  };
  /** As tus: goes on where it stood, and does what `lines` say of one attempt after the other: a number of bytes, then it breaks; a fault; all. */
  one.lines = [];
  one.sending = 0;
  one.upload = async ({ bytes, sha256: said, url, onUrl, onSent, signal }) => {
    assert.equal(++one.sending, 1, 'one file at a time');
    try {
      const path = url ?? `/v1/uploads/${one.uploads.size + 1}`;
      if (!one.uploads.has(path)) one.uploads.set(path, { state: 'open', received: 0, sha256: said });
      onUrl(path);
      const upload = one.uploads.get(path), line = one.lines.shift() ?? one.always ?? 'all';
      await new Promise((done) => { setTimeout(done, 5); });
      one.log.push(`upload from ${upload.received}`);
      if (line instanceof Error) throw line;
      signal.throwIfAborted();
      if (line === 'hangs') await new Promise((_, failed) => { signal.addEventListener('abort', () => failed(signal.reason)); });
      upload.received = Math.min(bytes.size, upload.received + (line === 'all' ? bytes.size : line));
      onSent(upload.received);
      if (upload.received < bytes.size) throw gone();
      upload.state = 'complete';
    } finally { one.sending -= 1; }
  };
  return one;
}
/** A tab of a browser. Pauses take no time. */
function tab(on, store = fileStore(), entries = entryStore(), options = {}) {
  let keys = entries.keys ?? 0;
  const outbox = new Outbox(on.session, entries, { now: () => ++keys }, { random: () => 0 });
  const files = new Files(on.session, outbox, store, { upload: on.upload, random: () => 0, newKey: () => `key-${entries.keys = ++keys}`, ...options });
  opened.push(files, outbox);
  return { files, outbox, store, entries };
}
async function until(what, read, good) {
  let last;
  for (let i = 0; i < 1000; ++i) {
    if (good(last = await read())) return last;
    await new Promise((done) => { setTimeout(done, 10); });
  }
  assert.fail(`${what}: ${JSON.stringify(last)}`);
}
const allBound = ({ files }) => until('all are bound', () => files.files(), (all) => all.length > 0 && all.every(({ state }) => state === 'bound'));

test('a file is kept, handed in by its hash, sent, bound, and dropped here', async () => {
  const on = world(), one = tab(on), states = [];
  one.files.onChange((all) => { const now = all.map(({ state }) => state).join(); if (states.at(-1) !== now) states.push(now); });
  const entry = await one.files.add('asg_1', [file('a.txt', 'essay'), file('a.txt', 'annex')]);
  assert.equal(one.store.contents.size, 2, 'it is on this device');
  await allBound(one);
  assert.deepEqual(on.declared, [{ name: 'a.txt', size: 5, media_type: 'text/plain', sha256: sha256('essay') }, { name: 'a (2).txt', size: 5, media_type: 'text/plain', sha256: sha256('annex') }]);
  assert.ok(on.log.indexOf('POST /v1/submissions') < on.log.indexOf('upload from 0'), 'declared first');
  assert.deepEqual([states[0], states.some((state) => state.includes('uploading')), states.at(-1)], ['kept,kept', true, 'bound,bound'], states.join(' '));
  await until('the entry says so', () => one.outbox.entries(), ([all]) => all.files_bound === true && all.state === 'recorded');
  assert.equal(one.store.contents.size, 0);
  await one.outbox.forget(entry.key);
  await until('nothing is left', async () => one.store.rows.size, (size) => size === 0);
});

test('whoever listens hears that the next file goes, also on a line that then says nothing more', async () => {
  const on = world(), one = tab(on);
  on.lines = ['all', 'hangs'];
  let heard;
  one.files.onChange((all) => { heard = all.map(({ state }) => state); });
  await one.files.add('asg_1', [file('a', 'essay'), file('b', 'annex')]);
  await until('the other goes when one is there', () => heard, (states) => states?.includes('uploading') && states.some((state) => state === 'uploaded' || state === 'bound'));
});

test('a line that breaks is gone on with where it broke, by another tab too', async () => {
  const on = world(), first = tab(on);
  on.lines = [300, 'hangs'];
  await first.files.add('asg_1', [file('a', 'x'.repeat(1000))]);
  await until('it hangs', async () => on.log.filter((what) => what.startsWith('upload')).length, (n) => n === 2);
  assert.equal((await first.files.files())[0].sent, 300);
  first.files.close();
  first.outbox.close();
  const second = tab(on, first.store, first.entries);
  await allBound(second);
  assert.deepEqual(on.log.filter((what) => what.startsWith('upload')), ['upload from 0', 'upload from 300', 'upload from 300']);
  assert.equal(on.uploads.size, 1);
});

test('a tab that ends before its files are hashed, and one that ends while it keeps them', async () => {
  const on = world(), before = tab(on, undefined, undefined, { hash: () => new Promise(() => {}) });
  await before.files.add('asg_1', [file('a', 'essay')]);
  before.files.close();
  before.outbox.close();
  assert.equal((await before.outbox.entries())[0].state, 'kept');
  assert.equal(on.declared, undefined, 'nothing is handed in without its hash');
  const store = fileStore(); // the locks of a tab that has ended are free
  for (const [key, row] of before.store.rows) store.rows.set(key, row);
  for (const [key, bytes] of before.store.contents) store.contents.set(key, bytes);
  store.contents.set('half/0', new Blob(['never handed in']));
  store.rows.set('whole/0', { ...before.store.rows.get([...before.store.rows.keys()][0]), key: 'whole/0', entry: 'whole' });
  const after = tab(on, store, before.entries);
  await allBound(after);
  await until('what nobody handed in is gone', async () => [...store.contents.keys(), ...store.rows.keys()], (keys) => !keys.some((key) => /^(half|whole)/.test(key)));
});

// What an attempt ends with, how often; and what becomes of the file.
for (const [what, faults, end, uploads] of [
  ['an overloaded server', [new ApiError(503, 'overloaded', 'busy', true, 0)], 'bound', 1],
  ['a token that is over', [new ApiError(409, 'conflict', 'another writer', false)], 'bound', 1],
  ['a stranger who says no', [413, 404, 405].map((status) => new ApiError(status, 'bad_request', 'HTTP', false)), 'bound', 1],
  ['a fault of the server', [new ApiError(500, 'internal', 'oh', false, undefined, { code: 'internal' })], 'bound', 1],
  ['other bytes, once', [new ApiError(460, 'bad_request', 'other bytes', false)], 'bound', 2],
  ['other bytes, always', Array(3).fill(new ApiError(460, 'bad_request', 'other bytes', false)), 'refused', 3],
  ['too large', [new ApiError(413, 'too_large', 'too large', false, undefined, { code: 'too_large' })], 'refused', 1],
])
  test(`${what}: ${end}`, async () => {
    const on = world(), one = tab(on);
    on.lines = [...faults];
    await one.files.add('asg_1', [file('a', 'essay')]);
    const [last] = await until(end, () => one.files.files(), ([all]) => all.state === end);
    if (end === 'refused') assert.equal(last.reason, faults[0].code);
    assert.equal(on.uploads.size, uploads);
  });

test('an upload that is no more is begun again, and one whose answer was lost is not', async () => {
  const on = world(), one = tab(on);
  on.lines = [2, gone()];
  on.fault = (method, path) => {
    if (path.startsWith('/v1/uploads') && on.lines.length === 1) on.uploads.delete(path);
    return undefined;
  };
  await one.files.add('asg_1', [file('a', 'essay')]);
  await allBound(one);
  assert.deepEqual(on.log.filter((line) => line.startsWith('upload')), ['upload from 0', 'upload from 0', 'upload from 0']);
  const lost = world(), two = tab(lost), { upload } = lost;
  let answers = 0;
  lost.upload = undefined;
  const files = tab({ ...lost, session: lost.session, upload: async (sending) => { await upload(sending); if (++answers === 1) throw gone(); } }, two.store, two.entries);
  two.files.close();
  await files.files.add('asg_1', [file('a', 'essay')]);
  await allBound(files);
  assert.equal(answers, 1, 'the server was asked what it has');
});

test('what the server has from another upload is not sent', async () => {
  const on = world(), one = tab(on);
  on.uploads.set('/v1/uploads/9', { state: 'complete', received: 5, sha256: sha256('essay') });
  on.always = gone();
  await one.files.add('asg_1', [file('a', 'essay')]);
  await allBound(one);
  assert.deepEqual([...on.uploads.values()].map(({ state }) => state), ['complete', 'open']);
});

test('a submission that is refused has its bytes sent no more', async () => {
  const on = world(), one = tab(on);
  on.refused = 'too_late';
  on.lines = Array(50).fill(gone());
  await one.files.add('asg_1', [file('a', 'essay')]);
  const [last] = await until('refused', () => one.files.files(), ([all]) => all.state === 'refused');
  assert.equal(last.reason, 'too_late');
});

test('bytes whose time is over still go, and it is told', async () => {
  const on = world(), one = tab(on);
  on.told = { a: 'missing' };
  on.lines = [gone(), gone(), gone()];
  await one.files.add('asg_1', [file('a', 'essay')]);
  await until('told', () => one.files.files(), ([all]) => all.told === 'missing' && all.upload_until === 'then');
  on.told = { a: 'clean' };
  await allBound(one);
});

test('another person has nothing of it, and their bytes do not go', async () => {
  const on = world(), one = tab(on);
  on.lines = ['hangs'];
  await one.files.add('asg_1', [file('a', 'essay')]);
  await until('it goes', async () => on.sending, (n) => n === 1);
  on.user = 'usr_2';
  for (const listener of on.heard) listener();
  await until('it stops', async () => on.sending, (n) => n === 0);
  assert.deepEqual(await one.files.files(), []);
  on.user = 'usr_1';
  for (const listener of on.heard) listener();
  await allBound(one);
});

test('no room, no bytes, nobody: it is said plainly, and nothing stays', async () => {
  const on = world(), one = tab(on);
  const refused = async (code, ...given) => {
    await assert.rejects(one.files.add('asg_1', given), (error) => error instanceof ApiError && error.code === code);
    assert.deepEqual([one.store.contents.size, one.store.rows.size, (await one.outbox.entries()).length], [0, 0, 0], code);
  };
  await refused('too_many_files');
  await refused('too_many_files', ...Array.from({ length: 21 }, (_, i) => file(`${i}`, 'x')));
  await refused('file_empty', file('a', ''));
  one.store.free = 4;
  await refused('device_full', file('a', 'essay'));
  one.store.free = undefined;
  one.store.fails = new ApiError(0, 'device_full', 'full', false);
  await refused('device_full', file('a', 'essay'));
  one.store.fails = new DOMException('gone', 'NotReadableError');
  await refused('file_unreadable', file('a', 'essay'));
  on.user = undefined;
  await assert.rejects(one.files.add('asg_1', [file('a', 'essay')]), (error) => error.status === 401);
});

test('files of which this device has no row are not handed in as none', async () => {
  const on = world(), one = tab(on, undefined, undefined, { hash: () => new Promise(() => {}) });
  await one.files.add('asg_1', [file('a', 'essay')]);
  one.files.close();
  one.outbox.close();
  const again = tab(on, fileStore(), one.entries);
  const [entry] = await until('refused', () => again.outbox.entries(), ([all]) => all.state === 'refused');
  assert.equal(entry.reason, 'bytes_lost');
  assert.equal(on.declared, undefined);
});

test('nothing is swept while who is signed in changes, nor where tabs have no locks', async () => {
  const on = world(), one = tab(on);
  await one.files.add('asg_1', [file('a', 'essay')]);
  await allBound(one);
  one.files.close();
  one.outbox.close();
  const mine = { ...[...one.store.rows.values()][0], state: 'uploading' };
  for (const [overTabs, becomes] of [[true, 'usr_1'], [false, undefined]]) {
    const store = fileStore();
    store.overTabs = overTabs;
    store.rows.set(mine.key, mine);
    store.contents.set(mine.key, new Blob(['essay']));
    store.contents.set('half/0', new Blob(['being kept by another tab']));
    const all = one.entries.all;
    if (becomes) on.user = 'usr_2';
    // The answer to "what has usr_2" comes when usr_1 is there: by it usr_1 has nothing.
    const entries = { ...one.entries, all: async () => { const rows = await all(); if (becomes) on.user = becomes; return rows; } };
    const again = tab(on, store, entries);
    await new Promise((done) => { setTimeout(done, 30); });
    assert.ok(store.contents.has(overTabs ? mine.key : 'half/0'), `${overTabs}`);
    again.files.close();
    again.outbox.close();
    on.user = 'usr_1';
  }
});

test('bytes that this device has lost are not handed in', async () => {
  const on = world(), one = tab(on, undefined, undefined, { hash: async () => { throw new DOMException('gone', 'NotReadableError'); } });
  await one.files.add('asg_1', [file('a', 'essay')]);
  const [entry] = await until('refused', () => one.outbox.entries(), ([all]) => all.state === 'refused');
  assert.equal(entry.reason, 'bytes_lost');
  assert.equal(on.declared, undefined);
});

test('a hash is of all bytes, whatever pieces they are read in', async () => {
  for (const size of [1, 63, 64, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000]) {
    const bytes = crypto.randomBytes(size);
    for (const held of [0, size, undefined]) assert.equal(await sha256Of(new Blob([bytes]), undefined, held), sha256(bytes), `${size}`);
  }
  await assert.rejects(sha256Of(new Blob(['x']), AbortSignal.abort(new Error('stop'))), /stop/);
});

test('names are single, short and apart; types have no parameters', () => {
  assert.deepEqual(namesOf(['a.jpg', 'a.jpg', 'a.jpg', '../b', '', '..', 'x\u0000y']), ['a.jpg', 'a (2).jpg', 'a (3).jpg', '.._b', '_', '_ (2)', 'x_y']);
  assert.deepEqual(namesOf(['a\u0308.txt', '\ud800.txt']), ['ä.txt', '_.txt']);
  assert.deepEqual(namesOf(['a', 'a', 'a (2)']), ['a', 'a (2)', 'a (2) (2)']);
  for (const long of namesOf([`${'ä'.repeat(200)}.pdf`, `${'ä'.repeat(200)}.pdf`])) {
    assert.ok(new TextEncoder().encode(long).length <= 255, long);
    assert.match(long, /\.pdf$/);
  }
  assert.deepEqual(['text/plain;charset=utf-8', '', 'odd', 'image/svg+xml'].map(mediaTypeOf), ['text/plain', 'application/octet-stream', 'application/octet-stream', 'image/svg+xml']);
  assert.equal(declarationOf([{ size: 1, sha256: 'f', media_type: 't/x', name: 'ä"\\' }]), '[{"name":"ä\\"\\\\","size":1,"media_type":"t/x","sha256":"f"}]');
});
