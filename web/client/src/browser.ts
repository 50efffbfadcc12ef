// What a browser gives: stores that outlive the tab, and one tab at a time.
import type { SessionInfo, SharedStore } from './session.js';
import type { EventShare, Passed } from './events.js';
import { ApiError } from './problem.js';
import type { Entry, EntryStore } from './outbox.js';

/** One at a time over all tabs; in this tab alone where the page's address is not secure enough for locks. */
export function lockOf(name: string): <T>(deed: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(deed: () => Promise<T>): Promise<T> => {
    if (globalThis.navigator?.locks) return navigator.locks.request(name, deed) as Promise<T>;
    const mine = last.then(deed, deed);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** In IndexedDB, which all tabs see alike at any moment; in localStorage beside it, which can be read at once and tells the other tabs, a
 * moment late. */
export async function sharedSession(key = 'bellwether.session'): Promise<SharedStore> {
  const { read: stored, write } = await openStore<{ key: string; info: SessionInfo }>(key);
  const read = (): SessionInfo | undefined => {
    try { return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined; } catch { return undefined; }
  };
  return {
    get: read,
    latest: async () => (await stored()).find((row) => row.key === 'session')?.info,
    async set(info) {
      await write((store) => (info ? store.put({ key: 'session', info }) : store.delete('session')));
      if (info) localStorage.setItem(key, JSON.stringify(info));
      else localStorage.removeItem(key);
    },
    onChange(seen) {
      const heard = (event: StorageEvent) => { if (event.key === key || event.key === null) seen(); };
      addEventListener('storage', heard);
      return () => removeEventListener('storage', heard);
    },
    exclusively: lockOf(`${key}.renewing`),
  };
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

const full = (error: DOMException | null) =>
  (error?.name === 'QuotaExceededError' ? new ApiError(0, 'device_full', 'there is no room left on this device: free some, and try again', false) : error);

export interface Rows<Row> {
  read(): Promise<Row[]>;
  one(key: string): Promise<Row | undefined>;
  keys(): Promise<string[]>;
  /** ApiError `device_full`: nothing was written. */
  write(deed: (store: IDBObjectStore) => void): Promise<void>;
}

/** Rows with a `key`. What `write` has returned for is on the disk, as far as the browser keeps its word (`durability: strict`). */
export async function openStore<Row>(name: string): Promise<Rows<Row>> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => { opening.result.createObjectStore('rows', { keyPath: 'key' }); };
  const database = await asked(opening);
  database.onversionchange = () => database.close(); // a newer page wants another form of it
  const store = () => database.transaction('rows').objectStore('rows');
  return {
    read: () => asked(store().getAll()) as Promise<Row[]>,
    one: (key) => asked(store().get(key)) as Promise<Row | undefined>,
    keys: () => asked(store().getAllKeys()) as Promise<string[]>,
    write: (deed) => new Promise<void>((done, failed) => {
      const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(full(transaction.error)); // what fails aborts it
      deed(transaction.objectStore('rows'));
    }),
  };
}

export async function entryStore(name = 'bellwether.outbox'): Promise<EntryStore> {
  const { read, write } = await openStore<Entry>(name);
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : undefined;
  return {
    all: read,
    async put(entry) { await write((store) => store.put(entry)); channel?.postMessage(entry.key); },
    async remove(key) { await write((store) => store.delete(key)); channel?.postMessage(key); },
    onChange(seen) {
      if (!channel) return () => undefined;
      channel.addEventListener('message', seen);
      return () => channel.removeEventListener('message', seen);
    },
    exclusively: lockOf(`${name}.sending`),
  };
}

/** One stream for all tabs; one for each where the page's address is not secure enough for locks. */
export function sharedEvents(name = 'bellwether.events'): EventShare {
  if (!globalThis.navigator?.locks || !('BroadcastChannel' in globalThis)) return { lead: (deed) => deed(), pass: () => undefined, onPassed: () => () => undefined };
  const channel = new BroadcastChannel(name);
  return {
    lead: async (deed, signal) => { await navigator.locks.request(name, { signal }, deed); },
    pass: (message) => channel.postMessage(message),
    onPassed(seen) {
      const heard = (message: MessageEvent<Passed>) => seen(message.data);
      channel.addEventListener('message', heard);
      return () => channel.removeEventListener('message', heard);
    },
  };
}
