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
    db.onversionchange = () => { db.close(); opened = undefined; };
    db.onclose = () => { opened = undefined; };
    return db;
  })().catch(() => undefined);
  return opened;
}

/** Opened once more where the browser has closed it (some do to a page that is not looked at); undefined: there is none, or it fails. */
async function within<T>(mode: IDBTransactionMode, deed: (rows: IDBObjectStore) => Promise<T>): Promise<T | undefined> {
  for (let attempt = 0; attempt < 2; ++attempt) {
    const db = await database();
    if (!db) return undefined;
    try {
      return await deed(db.transaction('rows', mode).objectStore('rows'));
    } catch { opened = undefined; }
  }
  return undefined;
}

export const kept = (user: string, path: string): Promise<Row | undefined> =>
  within('readonly', (rows) => asked(rows.get(`${user} ${path}`)) as Promise<Row | undefined>);

export const drop = (user: string, path: string): Promise<void> => within('readwrite', async (rows) => { await asked(rows.delete(`${user} ${path}`)); });

export async function keep(user: string, path: string, body: unknown, etag: string | null, at: number): Promise<void> {
  await within('readwrite', async (rows) => {
    rows.put({ key: `${user} ${path}`, user, at, body, etag } satisfies Row);
    let over = await asked(rows.count()) - rowsLimit;
    if (over <= 0) return;
    const cursor = rows.index('at').openCursor(); // the oldest first
    cursor.onsuccess = () => {
      if (!cursor.result || over-- <= 0) return;
      cursor.result.delete();
      cursor.result.continue();
    };
  });
}

export const forgetAll = (): Promise<void> => within('readwrite', async (rows) => { await asked(rows.clear()); });
