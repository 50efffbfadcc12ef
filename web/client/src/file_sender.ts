// The bytes of a file that is handed in, one step at a time: asked about, sent, looked for in the submission. README.md draws the states.
import { forGood, type Entry } from './outbox.js';
import type { FileStore, KeptFile } from './kept_file.js';
import { pauseBefore } from './pauses.js';
import { ApiError } from './problem.js';
import type { Session } from './session.js';
import type { Uploader } from './upload.js';

const differentLimit = 3, asksBeforeDoubt = 8;
const bound = new Set(['arrived', 'not_scanned', 'clean', 'infected']);
export const lost = () => new ApiError(0, 'bytes_lost', 'this device no longer has the bytes: choose the file again', false);

export interface SenderParts {
  session: Pick<Session, 'send' | 'info'>;
  store: FileStore;
  upload: Uploader;
  random: () => number;
  now: () => number;
  /** A file goes, and so much of it has gone. */
  onSent: (file: KeptFile, sent: number) => void;
}

export class FileSender {
  constructor(private readonly parts: SenderParts) {}

  /** Of one whose entry has its receipt: what has become of it, and when to go on. */
  async step(from: KeptFile, entry: Entry, signal: AbortSignal): Promise<KeptFile> {
    const { random } = this.parts;
    const { reason: _, detail: __, ...file } = from;
    try {
      if (entry.state === 'recorded' || file.state === 'uploaded') Object.assign(file, await this.#seen(file, entry.submission_id!, signal));
      if (file.state === 'bound') return file;
      if (file.state === 'uploaded' && (file.attempts < asksBeforeDoubt || await this.#hasAll(file, signal)))
        return { ...file, attempts: file.attempts + 1, ...this.#in(pauseBefore(file.attempts + 2, undefined, random)) };
      await this.#sendBytes(file, signal);
      return { ...file, state: 'uploaded', attempts: 0, ...this.#in(500) };
    } catch (error) {
      return this.#put(file, error);
    }
  }

  /** What the server says of it. Another upload of the same bytes may be its upload too. */
  async #seen(file: KeptFile, submission: string, signal: AbortSignal): Promise<Partial<KeptFile>> {
    const { body } = await this.parts.session.send({ method: 'GET', path: `/v1/submissions/${submission}`, retryForMs: 0, signal });
    const one = (body as { files?: { state: string; late: boolean; upload_until?: string }[] }).files?.[file.position];
    if (!one) return {};
    return { told: one.state, late: one.late, ...(one.upload_until && { upload_until: one.upload_until }), ...(bound.has(one.state) && { state: 'bound' }) };
  }

  async #sendBytes(file: KeptFile, signal: AbortSignal): Promise<void> {
    const { store, upload, onSent, session } = this.parts;
    const bytes = await store.bytes(file.key);
    if (bytes?.size !== file.size) throw lost();
    if (await this.#hasAll(file, signal)) return;
    if (session.info?.user_id !== file.user_id) throw new ApiError(401, 'unauthenticated', 'another person is signed in', false);
    file.state = 'uploading';
    let written = store.put(file);
    onSent(file, file.received);
    try {
      await upload({
        bytes, name: file.name, media_type: file.media_type, sha256: file.sha256!, url: file.url, signal,
        onUrl: (url) => {
          file.url = url;
          written = written.then(() => store.put({ ...file }));
        },
        onSent: (sent) => onSent(file, sent),
      });
    } finally { await written; }
  }

  /** Asks what became of the upload that was begun; forgets it where it is no more. */
  async #hasAll(file: KeptFile, signal: AbortSignal): Promise<boolean> {
    if (!file.url) return false;
    try {
      const { body } = await this.parts.session.send({ method: 'GET', path: file.url, retryForMs: 0, signal });
      const { state, received } = body as { state: string; received: number };
      if (received > file.received) file.attempts = 0; // it moves
      file.received = received;
      if (state !== 'refused') return state === 'complete';
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    delete file.url;
    file.received = 0;
    return false;
  }

  #in(ms: number): Pick<KeptFile, 'next_at' | 'set_at'> { return { next_at: this.parts.now() + ms, set_at: this.parts.now() }; }

  /** Off until later, or refused for good: whatever the server may take another time is sent again. */
  #put(file: KeptFile, error: unknown): KeptFile {
    const problem = error instanceof ApiError ? error : new ApiError(0, 'unreachable', String(error), true);
    const { random } = this.parts;
    const { status, code } = problem, attempts = file.attempts + 1;
    const told = { reason: code, detail: problem.message, attempts };
    const other = status === 460; // the bytes that came are not those of the hash: the line, or this device, has spoilt them
    if (code === 'bytes_lost' || forGood(problem) || (other && attempts >= differentLimit)) return { ...file, ...told, state: 'refused' };
    if (other) {
      delete file.url;
      file.received = 0;
    }
    // An old token is renewed by whatever is asked next; signed out nothing goes until somebody is back.
    const pause = status === 401 && !this.parts.session.info ? 60_000 : pauseBefore(attempts, problem.retryAfterMs, random);
    return { ...file, ...told, ...this.#in(pause) };
  }
}
