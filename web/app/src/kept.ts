// What was read stays on this device, for each person apart, so that it shows at once and without a network. It is bounded, and goes when somebody
// signs out.
interface Row { key: string; user: string; at: number; body: unknown; etag: string | null }

const name = 'bellwether.kept', rowsLimit = 300;
let opened: Promise<IDBDatabase | undefined> | undefined;

const asked = <T>(request: IDBRequest<T>): Promise<T> => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

/** undefined where the browser gives no store (a private window): then nothing is kept. */
function database(): Promise<IDBDatabase | undefined> {
  opened ??= (async () => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => {
      const rows = opening.result.createObjectStore('rows', { keyPath: 'key' });
      rows.createIndex('at', 'at');
    };
    const db = await asked(opening);
    db.onversionchange = () => db.close();
    return db;
  })().catch(() => undefined);
  return opened;
}

export async function kept(user: string, path: string): Promise<Row | undefined> {
  const db = await database();
  return db && (asked(db.transaction('rows').objectStore('rows').get(`${user} ${path}`)) as Promise<Row | undefined>).catch(() => undefined);
}

export async function keep(user: string, path: string, body: unknown, etag: string | null, at: number): Promise<void> {
  const db = await database();
  if (!db) return;
  const rows = db.transaction('rows', 'readwrite').objectStore('rows');
  rows.put({ key: `${user} ${path}`, user, at, body, etag } satisfies Row);
  const count = await asked(rows.count());
  let over = count - rowsLimit;
  if (over <= 0) return;
  const cursor = rows.index('at').openCursor(); // the oldest first
  cursor.onsuccess = () => {
    if (!cursor.result || over-- <= 0) return;
    cursor.result.delete();
    cursor.result.continue();
  };
}

export async function forgetAll(): Promise<void> {
  const db = await database();
  if (db) await asked(db.transaction('rows', 'readwrite').objectStore('rows').clear());
}
