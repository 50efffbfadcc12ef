// What files need, loaded when somebody has some: a page without them does not carry it.
import type { Files } from './files.js';
import type { Outbox } from './outbox.js';
import type { ServerClock } from './server_clock.js';
import type { Session } from './session.js';

/** Once in a page: where files are handed in, and where the outbox has an entry of files that is not `files_bound`. */
export async function openFiles(session: Session, outbox: Outbox, clock: Pick<ServerClock, 'now'>): Promise<Files> {
  const [files, stores, uploads] = await Promise.all([import('./files.js'), import('./file_store.js'), import('./upload.js')]);
  return new files.Files(session, outbox, await stores.fileStore(), { upload: uploads.tusUploader(() => clock.now()) });
}
