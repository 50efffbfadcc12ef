// Stores of a browser that cuts them, fills up, or gives none.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ApiError, entryStore, sharedSession } from '../dist/index.js';
import { openStore } from '../dist/browser.js';

delete globalThis.BroadcastChannel; // it would hold the process

/** As much of IndexedDB as is asked for. `cut`: the line to it is lost, as Safari does it. */
function indexed() {
  const disks = new Map(), open = new Set();
  const one = {
    opened: 0, refuses: false, full: false, breaks: 0, disks,
    cut() { for (const database of open) database.gone = true; },
    open(name) {
      const request = {};
      setTimeout(() => {
        if (one.refuses) { request.error = new DOMException('no', 'InvalidStateError'); return request.onerror(); }
        ++one.opened;
        const rows = disks.get(name) ?? new Map();
        const database = {
          close() { database.gone = true; },
          createObjectStore() { disks.set(name, rows); },
          transaction() {
            if (database.gone || one.refuses) throw new DOMException('the database connection is closing', 'InvalidStateError');
            const transaction = { error: null, objectStore: () => ({ getAll: () => asked([...rows.values()]), get: (key) => asked(rows.get(key)), getAllKeys: () => asked([...rows.keys()]), put: (row) => later.push(() => rows.set(row.key, row)), delete: (key) => later.push(() => rows.delete(key)) }) };
            const later = [];
            setTimeout(() => {
              if (one.full) transaction.error = new DOMException('full', 'QuotaExceededError');
              if (one.full || one.breaks-- > 0) return transaction.onabort?.();
              for (const deed of later) deed();
              transaction.oncomplete?.();
            });
            return transaction;
          },
        };
        open.add(database);
        request.result = database;
        if (!disks.has(name)) request.onupgradeneeded();
        request.onsuccess();
      });
      return request;
    },
  };
  const asked = (result) => { const request = { result }; setTimeout(() => request.onsuccess()); return request; };
  return globalThis.indexedDB = one;
}
/** `room`: false, and nothing can be written. */
function local() {
  const rows = new Map();
  return globalThis.localStorage = { rows, room: true, getItem: (key) => rows.get(key) ?? null, removeItem: (key) => rows.delete(key), setItem(key, value) { if (!this.room) throw new DOMException('full', 'QuotaExceededError'); rows.set(key, value); } };
}
afterEach(() => { delete globalThis.indexedDB; delete globalThis.localStorage; });
const info = (more = {}) => ({ session_id: 'ses_1', user_id: 'usr_1', tenant_id: 'ten_1', roles: [], renew_at: 'a', expires_at: 'b', refresh_expires_at: 'c', ...more });
const entry = (key) => ({ key, user_id: 'usr_1', assignment_id: 'asg_1', work: { text: 'x' }, kept_at: 1, state: 'kept', attempts: 0, next_at: 0 });

test('a line to the store that is cut is opened anew, and what is there is there', async () => {
  const disk = indexed(), store = await openStore('x');
  await store.write((rows) => rows.put({ key: 'a' }));
  disk.cut();
  assert.deepEqual(await store.read(), [{ key: 'a' }]);
  disk.cut();
  await store.write((rows) => { rows.put({ key: 'b' }); rows.delete('a'); });
  assert.deepEqual([await store.keys(), disk.opened], [['b'], 3]);
  disk.breaks = 1; // in the middle of a writing
  await store.write((rows) => rows.put({ key: 'c' }));
  assert.deepEqual(await store.one('c'), { key: 'c' });
});

test('a store that is away altogether says so, and is there when it is back', async () => {
  const disk = indexed(), store = await openStore('x');
  disk.cut();
  disk.refuses = true;
  await assert.rejects(store.write((rows) => rows.put({ key: 'a' })));
  disk.refuses = false;
  await store.write((rows) => rows.put({ key: 'a' }));
  assert.equal((await store.read()).length, 1);
});

test('a device without room says so, and is asked once', async () => {
  const disk = indexed(), store = await openStore('x');
  disk.full = true;
  await assert.rejects(store.write((rows) => rows.put({ key: 'a' })), (error) => error instanceof ApiError && error.code === 'device_full');
  assert.equal(disk.opened, 1);
});

test('without a store the page works, and says that nothing lasts', async () => {
  indexed().refuses = true;
  const store = await entryStore('x');
  assert.equal(store.lasts, false);
  await store.put(entry('a'));
  await store.put(entry('b'));
  await store.remove('a');
  assert.deepEqual((await store.all()).map(({ key }) => key), ['b']);
  delete globalThis.indexedDB; // and where there is not even a name for it
  assert.equal((await entryStore('x')).lasts, false);
  indexed();
  assert.equal((await entryStore('y')).lasts, true);
});

test('a session goes on where IndexedDB does not', async () => {
  const disk = indexed(), text = local(), store = await sharedSession();
  await store.set(info());
  disk.cut();
  disk.refuses = true;
  await store.set(info({ expires_at: 'later' }));
  assert.deepEqual([store.get().expires_at, (await store.latest()).expires_at], ['later', 'later']);
  await store.set(undefined);
  assert.deepEqual([store.get(), await store.latest(), text.rows.size], [undefined, undefined, 0]);
});

test('a session goes on where localStorage has no room, and nobody is taken for who was here before', async () => {
  indexed();
  const text = local(), store = await sharedSession();
  await store.set(info());
  text.room = false;
  await store.set(info({ user_id: 'usr_2', expires_at: 'later' }));
  assert.equal(store.get().user_id, 'usr_2');
  assert.equal(text.rows.size, 0, 'no other tab takes it for the session of the first');
  const other = await sharedSession();
  assert.equal(other.get().user_id, 'usr_2', 'a page that is opened now');
  await other.set(undefined);
  assert.equal(other.get(), undefined);
});
