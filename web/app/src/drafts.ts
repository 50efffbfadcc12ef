// What somebody writes before they hand it in or save it, on this device alone: each assignment's, for each person apart. It stays when they sign out,
// since nobody else has it, and goes when it is handed in or saved.
export interface Written { text?: string; answers?: Record<string, string> }
/** `assignment`: its id, which a student's work has alone; of what a teacher writes another word is before it (kit/draft.tsx). */
export interface Draft { key: string; user: string; assignment: string; title: string; written: unknown; at: number }

let opened: Promise<IDBDatabase | undefined> | undefined;

const asked = <T>(request: IDBRequest<T>): Promise<T> => new Promise((done, failed) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

/** undefined where the browser gives no store: then nothing is kept, and the page says so. */
function database(): Promise<IDBDatabase | undefined> {
  opened ??= (async () => {
    const opening = indexedDB.open('bellwether.drafts', 1);
    opening.onupgradeneeded = () => { opening.result.createObjectStore('rows', { keyPath: 'key' }); };
    const db = await asked(opening);
    db.onversionchange = () => db.close();
    return db;
  })().catch(() => undefined);
  return opened;
}

const keyOf = (user: string, assignment: string) => `${user} ${assignment}`;

export async function draftOf(user: string, assignment: string): Promise<Draft | undefined> {
  const db = await database();
  return db && (asked(db.transaction('rows').objectStore('rows').get(keyOf(user, assignment))) as Promise<Draft | undefined>);
}

export async function draftsOf(user: string): Promise<Draft[]> {
  const db = await database();
  return db ? (await asked(db.transaction('rows').objectStore('rows').getAll()) as Draft[]).filter((draft) => draft.user === user) : [];
}

async function changed(deed: (rows: IDBObjectStore) => void): Promise<boolean> {
  const db = await database();
  if (!db) return false;
  return new Promise((done) => {
    const transaction = db.transaction('rows', 'readwrite');
    transaction.oncomplete = () => done(true);
    transaction.onerror = transaction.onabort = () => done(false);
    deed(transaction.objectStore('rows'));
  });
}

/** Is it on the device now? */
export const keepDraft = (draft: Omit<Draft, 'key'>): Promise<boolean> => changed((rows) => { rows.put({ ...draft, key: keyOf(draft.user, draft.assignment) }); });
export const dropDraft = (user: string, assignment: string): Promise<boolean> => changed((rows) => { rows.delete(keyOf(user, assignment)); });

/** Before the names of marks that are on this device alone (pages/teacher/mark_drafts.ts); each ends with its assignment, work and kind. */
export const marksOf = (user: string): string => `bellwether.mark.${user}.`;
export const marksHere = (user: string): number => new Set(Object.keys(localStorage).filter((key) => key.startsWith(marksOf(user))).map((key) => key.split('.').slice(0, -1).join('.'))).size;
