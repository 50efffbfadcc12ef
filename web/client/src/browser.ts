// What a browser gives: stores that outlive the tab, and one tab at a time.
import type { KeptSession, SharedStore } from './session.js';
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
 * moment late. Where the browser gives one of them up, the other one does; without both, this tab alone knows. */
export async function sharedSession(key = 'bellwether.session'): Promise<SharedStore> {
  const rows = await openStore<{ key: string; info: KeptSession }>(key);
  let broken = !rows.lasts, untold: { info: KeptSession | undefined } | undefined; // `untold`: what localStorage has no room for
  const read = (): KeptSession | undefined => {
    if (untold) return untold.info;
    try { return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined; } catch { return undefined; }
  };
  function tell(info: KeptSession | undefined): void {
    try {
      localStorage.removeItem(key); // never an old one
      if (info) localStorage.setItem(key, JSON.stringify(info));
      untold = undefined;
    } catch { untold = { info }; }
  }
  async function latest(): Promise<KeptSession | undefined> {
    if (broken) return read();
    try { return (await rows.one('session'))?.info; } catch { broken = true; return read(); }
  }
  const first = await latest();
  if (first && first.expires_at !== read()?.expires_at) tell(first);
  return {
    get: read, latest,
    async set(info) {
      if (!broken) await rows.write((store) => { if (info) store.put({ key: 'session', info }); else store.delete('session'); }).catch(() => { broken = true; });
      tell(info);
    },
    onChange(seen) {
      const heard = (event: StorageEvent) => {
        if (event.key !== key && event.key !== null) return;
        untold = undefined;
        seen();
      };
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
  /** false: the browser gives no store, and all of it goes with this page. */
  lasts: boolean;
  read(): Promise<Row[]>;
  one(key: string): Promise<Row | undefined>;
  keys(): Promise<string[]>;
  /** ApiError `device_full`: nothing was written. `deed` may run twice. */
  write(deed: (store: { put(row: Row): void; delete(key: string): void }) => void): Promise<void>;
}

function memoryRows<Row>(): Rows<Row> {
  const rows = new Map<string, Row>();
  return {
    lasts: false,
    read: async () => [...rows.values()], one: async (key) => rows.get(key), keys: async () => [...rows.keys()],
    async write(deed) { deed({ put: (row) => { rows.set((row as { key: string }).key, structuredClone(row)); }, delete: (key) => { rows.delete(key); } }); },
  };
}

async function openDatabase(name: string, gone: () => void): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => { opening.result.createObjectStore('rows', { keyPath: 'key' }); };
  const database = await asked(opening);
  database.onclose = gone;
  database.onversionchange = () => { database.close(); gone(); }; // a newer page wants another form of it
  return database;
}

/** Rows with a `key`. What `write` has returned for is on the disk, as far as the browser keeps its word (`durability: strict`). Safari cuts the line to its
 * store now and then: it is opened anew, once. */
export async function openStore<Row>(name: string): Promise<Rows<Row>> {
  let opened: Promise<IDBDatabase> | undefined;
  function database(): Promise<IDBDatabase> {
    const mine = opened ??= openDatabase(name, () => { if (opened === mine) opened = undefined; });
    return mine;
  }
  function drop(): void {
    void opened?.then((old) => old.close(), () => undefined);
    opened = undefined;
  }
  async function ask<T>(deed: (database: IDBDatabase) => Promise<T>): Promise<T> {
    try { return await deed(await database()); } catch (error) {
      if (error instanceof ApiError) throw error;
      drop();
      return deed(await database().catch((again: unknown) => { drop(); throw again; }));
    }
  }
  const from = <T>(deed: (store: IDBObjectStore) => IDBRequest<T>) => ask((open) => asked(deed(open.transaction('rows').objectStore('rows'))));
  try { await database(); } catch { return memoryRows(); } // a private window, a full disk
  return {
    lasts: true,
    read: () => from((store) => store.getAll()) as Promise<Row[]>,
    one: (key) => from((store) => store.get(key)) as Promise<Row | undefined>,
    keys: () => from((store) => store.getAllKeys()) as Promise<string[]>,
    write: (deed) => ask((open) => new Promise<void>((done, failed) => {
      const transaction = open.transaction('rows', 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(full(transaction.error) ?? new Error('the store was cut')); // what fails aborts it
      const store = transaction.objectStore('rows');
      deed({ put: (row) => { store.put(row); }, delete: (key) => { store.delete(key); } });
    })),
  };
}

export async function entryStore(name = 'bellwether.outbox'): Promise<EntryStore> {
  const { lasts, read, write } = await openStore<Entry>(name);
  const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(name) : undefined;
  return {
    lasts, all: read,
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
