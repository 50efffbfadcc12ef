// Files that somebody hands in: kept on this device first, handed in by their hashes (outbox.ts), and only then sent, for as long as it takes. They
// survive a reload, a crash and a day without a network, and are dropped here once the server has bound them. Loaded when somebody needs it.
import { mediaTypeOf, namesOf } from './file_names.js';
import { FileSender, lost } from './file_sender.js';
import { sha256Of } from './hash.js';
import type { FileStore, FileView, KeptFile } from './kept_file.js';
import { isDue, randomKey, type Entry, type Outbox } from './outbox.js';
import { ApiError } from './problem.js';
import type { Session } from './session.js';
import type { Uploader } from './upload.js';

export interface FileOptions {
  upload: Uploader;
  hash?: (bytes: Blob, signal: AbortSignal) => Promise<string>;
  random?: () => number;
  now?: () => number;
  newKey?: () => string;
}

const filesLimit = 20, sayEveryMs = 250;
const open = ({ state }: KeptFile) => state !== 'bound' && state !== 'refused';

/** One at a time in this tab; whoever asks meanwhile has it done once more. */
function again(deed: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined, more = false;
  return () => {
    more = true;
    running ??= (async () => {
      while (more) {
        more = false;
        await deed();
      }
    })().finally(() => { running = undefined; });
    return running;
  };
}

export class Files {
  #listeners = new Set<(files: FileView[]) => void>();
  #sent = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];
  #stop = new AbortController(); // of what is under way for whoever is signed in
  #user: string | undefined;
  #hurried = new Set<string>(); // reasons to wait that are over
  #closed = false;
  #saying: ReturnType<typeof setTimeout> | undefined;
  #said = -Infinity;
  readonly #sender: FileSender;
  readonly #hash: NonNullable<FileOptions['hash']>;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #newKey: () => string;

  constructor(
    private readonly session: Pick<Session, 'send' | 'info' | 'onChange'>,
    private readonly outbox: Pick<Outbox, 'add' | 'amend' | 'entries' | 'onChange'>,
    private readonly store: FileStore,
    options: FileOptions,
  ) {
    this.#hash = options.hash ?? sha256Of;
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? Date.now;
    this.#newKey = options.newKey ?? randomKey;
    this.#sender = new FileSender({ session, store, upload: options.upload, random: this.#random, now: this.#now, onSent: (file, sent) => this.#going(file, sent) });
    this.#user = session.info?.user_id;
    this.#ends.push(
      session.onChange(() => this.#look()),
      outbox.onChange(() => this.#wake()),
      store.onChange((progress) => {
        if (progress) this.#sent.set(progress.key, progress.sent);
        void this.#tell();
      }),
    );
    if (typeof addEventListener === 'function') {
      const online = () => { setTimeout(() => { this.#hurried.add('unreachable'); this.#wake(); }, this.#random() * 2000); };
      addEventListener('online', online);
      this.#ends.push(() => removeEventListener('online', online));
    }
    this.#wake();
  }
  close(): void {
    this.#closed = true;
    this.#stop.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#saying);
    for (const end of this.#ends) end();
  }

  /** Returns when all of it is on this device. ApiError `device_full`: it has no room for them; `file_empty`, `file_unreadable`, `too_many_files`. */
  async add(assignment: string, given: readonly File[]): Promise<Entry> {
    const user = this.session.info?.user_id;
    if (!user) throw new ApiError(401, 'unauthenticated', 'sign in first: what is handed in is somebody\'s', false);
    await this.#check(given);
    void this.store.persist().catch(() => undefined);
    const key = this.#newKey(), names = namesOf(given.map(({ name }) => name));
    const files = given.map((file, position): KeptFile => ({
      key: `${key}/${position}`, entry: key, position, user_id: user, name: names[position]!, size: file.size, media_type: mediaTypeOf(file.type),
      state: 'kept', received: 0, attempts: 0, next_at: 0,
    }));
    const entry = await this.store.exclusively('keeping', async () => {
      try {
        for (const { key: own, position } of files) await this.store.keep(own, given[position]!);
        for (const file of files) await this.store.put(file);
        return await this.outbox.add(assignment, { files: files.map(({ name, size, media_type }) => ({ name, size, media_type })) }, key);
      } catch (error) {
        for (const file of files) await this.#drop(file.key).catch(() => undefined);
        throw error instanceof ApiError ? error : new ApiError(0, 'file_unreadable', `the file cannot be read: ${String(error)}`, false);
      }
    });
    await this.#tell();
    this.#wake();
    return entry;
  }
  async #check(given: readonly File[]): Promise<void> {
    if (given.length === 0 || given.length > filesLimit) throw new ApiError(0, 'too_many_files', `choose 1 to ${filesLimit} files`, false);
    const empty = given.find(({ size }) => size === 0);
    if (empty) throw new ApiError(0, 'file_empty', `${empty.name} is empty`, false);
    const wanted = given.reduce((sum, { size }) => sum + size, 0), room = await this.store.room();
    const mb = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
    if (room !== undefined && room < wanted) throw new ApiError(0, 'device_full', `${mb(wanted)} are needed on this device, and ${mb(Math.max(0, room))} are free`, false);
  }

  /** Of whoever is signed in, as they were handed in. */
  async files(): Promise<FileView[]> {
    const order = new Map((await this.outbox.entries()).map(({ key }, i) => [key, i]));
    return (await this.#mine()).sort((a, b) => (order.get(a.entry) ?? 0) - (order.get(b.entry) ?? 0) || a.position - b.position)
      .map((file) => ({ ...file, sent: file.state === 'kept' ? 0 : file.state === 'uploading' ? this.#sent.get(file.key) ?? file.received : file.size }));
  }
  onChange(listener: (files: FileView[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // ---- who wakes whom ----

  async #mine(): Promise<KeptFile[]> { return (await this.store.all()).filter(({ user_id }) => user_id === this.session.info?.user_id); }
  #look(): void {
    const user = this.session.info?.user_id;
    if (user !== this.#user) { // another person's bytes go only as theirs
      this.#user = user;
      this.#stop.abort();
      this.#stop = new AbortController();
      this.#hurried.add('unauthenticated');
    }
    this.#wake();
  }
  #wake(): void {
    if (this.#closed || !this.session.info) return;
    for (const deed of [this.#sweep, this.#prepare, this.#send]) void deed().catch((error: unknown) => { if (!this.#closed) console.error(error); });
  }
  async #tell(): Promise<void> {
    if (this.#listeners.size === 0 || this.#closed) return;
    const files = await this.files();
    for (const listener of this.#listeners) listener(files);
  }
  async #drop(key: string): Promise<void> {
    await this.store.drop(key);
    await this.store.remove(key);
  }

  /** What nobody handed in because the tab was closed meanwhile, and what was forgotten. Nothing goes unless it is sure that it is so: all answers are of one
   * person, and no other tab keeps something at this moment. */
  #sweep = again(() => this.store.exclusively('keeping', async () => {
    const user = this.session.info?.user_id;
    if (!user || !this.store.overTabs) return;
    const entries = new Set((await this.outbox.entries()).map(({ key }) => key)), files = await this.store.all();
    if (this.session.info?.user_id !== user) return;
    for (const file of files) if (file.user_id === user && !entries.has(file.entry)) await this.#drop(file.key);
    const known = new Set((await this.store.all()).map(({ key }) => key));
    for (const key of await this.store.kept()) if (!known.has(key)) await this.store.drop(key);
  }));

  /** Hashes what has none, from the bytes as they are kept; what is hashed whole is handed in. */
  #prepare = again(() => this.store.exclusively('hashing', async () => {
    const user = this.session.info?.user_id;
    const entries = (await this.outbox.entries()).filter(({ work, state }) => state === 'kept' && 'files' in work && work.files.some(({ sha256 }) => !sha256));
    for (const { key: entry, work } of entries) {
      const files = (await this.store.all()).filter((file) => file.entry === entry).sort((a, b) => a.position - b.position);
      if (this.session.info?.user_id !== user) return;
      try {
        if ('files' in work && files.length !== work.files.length) throw lost();
        for (const file of files) if (!file.sha256) await this.store.put(Object.assign(file, { sha256: await this.#hashed(file) }));
        await this.outbox.amend(entry, () => ({ work: { files: files.map(({ name, size, media_type, sha256 }) => ({ name, size, media_type, sha256: sha256! })) } }));
      } catch (error) {
        if (!(error instanceof ApiError)) return; // stopped
        await this.outbox.amend(entry, () => ({ state: 'refused', reason: error.code, detail: error.message }));
      }
    }
  }));
  async #hashed({ key, size }: KeptFile): Promise<string> {
    const bytes = await this.store.bytes(key), { signal } = this.#stop;
    if (bytes?.size !== size) throw lost();
    return this.#hash(bytes, signal).catch((error: unknown) => { throw signal.aborted ? error : lost(); });
  }

  // ---- bytes ----

  /** One file after the other, in one tab at a time. */
  #send = again(() => this.store.exclusively('uploading', async () => {
    const hurried = this.#hurried;
    this.#hurried = new Set();
    for (const { key } of await this.files()) {
      const due = await this.#due(key, hurried);
      if (!due) continue;
      await this.#note(due.entry.state === 'refused' ? { ...due.file, state: 'refused', reason: due.entry.reason ?? 'refused' } : await this.#sender.step(due.file, due.entry, this.#stop.signal));
    }
    clearTimeout(this.#timer);
    const next = (await this.#mine()).filter((file) => open(file) && file.next_at > 0).map((file) => (isDue(file, this.#now()) ? this.#now() : file.next_at));
    if (next.length > 0 && !this.#closed) this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(0, Math.min(...next) - this.#now()), 60_000));
  }));

  /** Not told each time, but the last is always told: a line that takes all at once may have nothing more to say for long. */
  #going({ key }: KeptFile, sent: number): void {
    this.#sent.set(key, sent);
    clearTimeout(this.#saying);
    const say = () => {
      this.#said = performance.now();
      this.store.say(key, this.#sent.get(key) ?? sent);
      void this.#tell();
    };
    const left = this.#said + sayEveryMs - performance.now();
    if (left <= 0) say(); else this.#saying = setTimeout(say, left);
  }
  async #due(key: string, hurried: ReadonlySet<string>): Promise<{ file: KeptFile; entry: Entry } | undefined> {
    const file = (await this.#mine()).find((one) => one.key === key);
    const entry = (await this.outbox.entries()).find((one) => one.key === file?.entry);
    if (this.#closed || !file || !entry || entry.state === 'kept' || !open(file)) return undefined;
    const late = !isDue(file, this.#now()) && !hurried.has(file.reason ?? '') && entry.state !== 'refused';
    return late ? undefined : { file, entry };
  }
  async #note(file: KeptFile): Promise<void> {
    await this.store.put(file);
    if (file.state === 'bound') {
      await this.store.drop(file.key);
      const all = (await this.#mine()).filter(({ entry }) => entry === file.entry);
      if (all.every(({ state }) => state === 'bound')) await this.outbox.amend(file.entry, () => ({ files_bound: true }));
    }
    await this.#tell();
  }
}
