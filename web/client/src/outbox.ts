// What somebody hands in, from the moment that they press the button: kept on this device first, sent until the server has it for good, and
// followed until it is recorded. It survives a reload, a crash and a day without a network; the key that makes it count once is made once.
import { ApiError } from './problem.js';
import { pauseBefore } from './pauses.js';
import type { Session } from './session.js';
import type { ServerClock } from './server_clock.js';

/** `sha256` is missing until it was computed; files are handed in by it, and their bytes come after (files.ts). */
export interface DeclaredFile { name: string; size: number; media_type: string; sha256?: string }
export type Work = { text: string } | { answers: Record<string, string | number> } | { files: DeclaredFile[] };

/** kept: on this device alone. received: the server has it for good, with a receipt. recorded, refused: judged, for good. */
export type EntryState = 'kept' | 'received' | 'recorded' | 'refused';

export interface Entry {
  key: string; // Idempotency-Key
  user_id: string;
  assignment_id: string;
  work: Work;
  kept_at: number; // by the server's clock, as far as it was known
  /** Its place in line, whatever clocks say. */
  nr?: number;
  state: EntryState;
  attempts: number;
  /** Not before this, by the device's clock, as it was set at `set_at`. */
  next_at: number;
  set_at?: number;
  submission_id?: string;
  receipt?: unknown;
  proven?: boolean; // the receipt was verified here; undefined: it could not be
  late?: boolean;
  /** Of files: the server has bound the bytes of all of them. */
  files_bound?: boolean;
  /** Why it is refused, or what went wrong last. */
  reason?: string;
  detail?: string;
}

export interface EntryStore {
  /** false: what is kept goes with the page. */
  lasts?: boolean;
  all(): Promise<Entry[]>;
  put(entry: Entry): Promise<void>;
  remove(key: string): Promise<void>;
  onChange(seen: () => void): () => void;
  exclusively<T>(deed: () => Promise<T>): Promise<T>;
}

export interface OutboxOptions {
  random?: () => number;
  now?: () => number;
  newKey?: () => string;
  /** Does the receipt prove that this was received? undefined: it cannot be told here. */
  verify?: (receipt: unknown, work: Work) => Promise<boolean | undefined>;
}

/** 122 bits of chance; crypto.randomUUID is missing on plain http outside localhost. */
export function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const judged = (entry: Entry) => entry.state === 'recorded' || entry.state === 'refused';
/** Is anything of it still to be done from this device? */
const over = (entry: Entry) => entry.state === 'refused' || (entry.state === 'recorded' && (!('files' in entry.work) || entry.files_bound === true));
const sendable = ({ work }: Entry) => !('files' in work) || work.files.every(({ sha256 }) => sha256 !== undefined);
const inLine = (a: Entry, b: Entry) => (a.nr ?? 0) - (b.nr ?? 0) || a.kept_at - b.kept_at;
/** What is marked is what was received last: an older attempt must not overtake a newer one. */
const behind = (entry: Entry, all: readonly Entry[]) =>
  all.some((other) => other.key !== entry.key && other.state === 'kept' && other.user_id === entry.user_id && other.assignment_id === entry.assignment_id && inLine(other, entry) < 0);
const longMs = 600_000, retryStoreMs = 5000;

/** Is there anything of it that only this device has? The bytes of files come after the receipt. */
export const unsent = (entry: Pick<Entry, 'state' | 'work' | 'submission_id' | 'files_bound'>): boolean =>
  entry.state === 'kept' || (entry.state === 'refused' ? entry.submission_id === undefined : 'files' in entry.work && entry.files_bound !== true);

/** A moment to wait for, by the device's clock: one that was set back since then waits no more. */
export const isDue = ({ next_at, set_at }: { next_at: number; set_at?: number }, now: number): boolean => next_at <= now || (set_at !== undefined && now < set_at);

/** The server has read it, and no time mends it. What anything between us and it says is no verdict on anybody's work, nor is a fault of its own. */
export const forGood = ({ problem, retryable, status }: ApiError): boolean => problem !== undefined && !retryable && [400, 413, 415, 422].includes(status);

export class Outbox {
  #listeners = new Set<(entries: Entry[]) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];
  #flushing: Promise<void> | undefined;
  #again = false;
  #closed = false;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #newKey: () => string;

  constructor(
    private readonly session: Pick<Session, 'send' | 'info' | 'onChange'>,
    private readonly store: EntryStore,
    private readonly clock: Pick<ServerClock, 'now'>,
    private readonly options: OutboxOptions = {},
  ) {
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? Date.now;
    this.#newKey = options.newKey ?? randomKey;
    const wake = () => { void this.flush().catch(() => undefined); };
    if (typeof addEventListener === 'function') {
      const online = () => { void this.#hurry(['unreachable', 'outcome_unknown'], 2000).then(wake, wake); };
      addEventListener('online', online);
      this.#ends.push(() => removeEventListener('online', online));
    }
    this.#ends.push(store.onChange(() => { void this.#tell().catch(() => undefined); wake(); }), // what a tab left that is gone meanwhile is sent by this one
       session.onChange(() => { void this.#hurry(['unauthenticated'], 0).then(wake, wake); }));
    wake();
  }
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
  }

  /** false: this browser gives no store, so what is kept is lost when the page is closed. */
  get lasts(): boolean { return this.store.lasts !== false; }

  /** Returns when it is on this device for good; sending goes on by itself. `key`: made by the caller, once for what is handed in. */
  async add(assignment: string, work: Work, key = this.#newKey()): Promise<Entry> {
    const user = this.session.info?.user_id;
    if (!user) throw new ApiError(401, 'unauthenticated', 'sign in first: what is handed in is somebody\'s', false);
    const nr = 1 + (await this.store.all()).reduce((most, other) => Math.max(most, other.nr ?? 0), 0);
    const entry: Entry = { key, user_id: user, assignment_id: assignment, work, kept_at: this.clock.now(), nr, state: 'kept', attempts: 0, next_at: 0 };
    await this.store.put(entry);
    await this.#tell();
    void this.flush().catch(() => undefined);
    return entry;
  }

  /** Of whoever is signed in, in the order in which they were handed in; another's stay, and are sent when they are back. */
  async entries(): Promise<Entry[]> {
    const user = this.session.info?.user_id;
    return (await this.store.all()).filter((entry) => entry.user_id === user).sort(inLine);
  }
  onChange(listener: (entries: Entry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** What is judged, and all of it there, needs to be kept no longer; what is not stays. */
  async forget(key: string): Promise<void> {
    const entry = (await this.store.all()).find((other) => other.key === key);
    if (entry && over(entry)) await this.store.remove(key);
    await this.#tell();
  }
  /** A person has left this device: what the server has all of goes from it, and what is only here stays, as does what others have. */
  async leave(user: string): Promise<void> {
    await this.store.exclusively(async () => {
      for (const entry of await this.store.all()) if (entry.user_id === user && !unsent(entry)) await this.store.remove(entry.key);
    });
    await this.#tell();
  }
  /** What was learnt meanwhile of one that is there, while nobody sends it. */
  async amend(key: string, change: (entry: Entry) => Partial<Entry>): Promise<void> {
    await this.store.exclusively(async () => {
      const entry = (await this.store.all()).find((other) => other.key === key);
      if (entry) await this.store.put({ ...entry, ...change(entry) });
    });
    await this.#tell();
    void this.flush().catch(() => undefined);
  }

  /** Sends what is due; one tab at a time. */
  flush(): Promise<void> {
    this.#again = true;
    this.#flushing ??= (async () => {
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.store.exclusively(() => this.#sendDue());
      }
    })().finally(() => { this.#flushing = undefined; });
    return this.#flushing;
  }

  async #sendDue(): Promise<void> {
    let rests = 0;
    try {
      for (const { key } of await this.entries()) {
        const all = await this.entries(), entry = all.find((one) => one.key === key); // as it stands now, and somebody else's no more
        if (this.#closed || !entry || !this.#goes(entry, all)) continue;
        const after = await (entry.state === 'kept' ? this.#send(entry) : this.#follow(entry));
        await this.store.put(after).catch(() => { rests = 60_000; }); // it goes again with the same key: nothing is lost, or counts twice
        await this.#tell();
      }
    } finally { await this.#planNext(rests); }
  }
  #goes(entry: Entry, all: readonly Entry[]): boolean {
    return entry.user_id === this.session.info?.user_id && !judged(entry) && sendable(entry) && isDue(entry, this.#now()) && !(entry.state === 'kept' && behind(entry, all));
  }
  /** `rests`: nothing goes sooner, as this device cannot write down what becomes of it. */
  async #planNext(rests: number): Promise<void> {
    const all = await this.entries().catch(() => undefined), now = this.#now();
    const waits = all?.filter((entry) => !judged(entry) && sendable(entry) && !(entry.state === 'kept' && behind(entry, all))).map((entry) => (isDue(entry, now) ? now : entry.next_at));
    const next = waits === undefined ? now + retryStoreMs : Math.min(...waits);
    clearTimeout(this.#timer);
    if (next < Infinity && !this.#closed) this.#timer = setTimeout(() => { void this.flush().catch(() => undefined); }, Math.min(Math.max(rests, next - now), 60_000));
  }

  async #send(entry: Entry): Promise<Entry> {
    try {
      const { body } = await this.session.send({
        method: 'POST', path: '/v1/submissions', headers: { 'Idempotency-Key': `"${entry.key}"` }, body: { assignment_id: entry.assignment_id, ...entry.work }, retryForMs: 0,
      });
      const { submission_id, receipt } = (body ?? {}) as { submission_id?: unknown; receipt?: unknown };
      if (typeof submission_id !== 'string' || typeof receipt !== 'object' || receipt === null)
        throw new ApiError(0, 'outcome_unknown', 'the answer has no receipt: something between this device and the server made it', true);
      const proven = await this.options.verify?.(receipt, entry.work).catch(() => undefined);
      const { reason: _, detail: __, ...rest } = entry;
      return { ...rest, state: 'received', submission_id, receipt, ...(proven !== undefined && { proven }), attempts: 0, ...this.#in(1000) };
    } catch (error) {
      return this.#put(entry, error);
    }
  }

  async #follow(entry: Entry): Promise<Entry> {
    try {
      const { body } = await this.session.send({ method: 'GET', path: `/v1/submissions/${entry.submission_id}`, retryForMs: 0 });
      const { state, reason, late } = body as { state: string; reason?: string; late?: boolean };
      if (state === 'recorded' || state === 'refused') return { ...entry, state, ...(reason !== undefined && { reason }), ...(late !== undefined && { late }) };
      return { ...entry, attempts: entry.attempts + 1, ...this.#in(pauseBefore(entry.attempts + 2, undefined, this.#random, longMs)) };
    } catch (error) {
      const after = this.#put(entry, error);
      return after.state === 'refused' ? { ...after, state: 'received', ...this.#in(60_000) } : after; // it has its receipt
    }
  }

  /** Off until later, or refused for good: whatever the server may take another time stays kept. */
  #put(entry: Entry, error: unknown): Entry {
    const problem = error instanceof ApiError ? error : new ApiError(0, 'unreachable', String(error), true);
    const attempts = entry.attempts + 1;
    const told = { reason: problem.code, detail: problem.message, attempts };
    if (forGood(problem)) return { ...entry, ...told, state: 'refused' };
    // Signed out: nothing is asked until somebody is back, which wakes the outbox.
    const pause = problem.status === 401 ? 60_000 : problem.retryable ? pauseBefore(attempts, problem.retryAfterMs, this.#random) : 30_000 + pauseBefore(attempts, problem.retryAfterMs, this.#random, longMs);
    return { ...entry, ...told, ...this.#in(pause) };
  }
  #in(ms: number): Pick<Entry, 'next_at' | 'set_at'> { return { next_at: this.#now() + ms, set_at: this.#now() }; }

  /** The network is back, or somebody is signed in: what waited for that, and not for a moment that the server named, is due. */
  async #hurry(reasons: string[], withinMs: number): Promise<void> {
    const waits = ({ state, reason, next_at }: Entry) => state !== 'refused' && reasons.includes(reason ?? '') && next_at > this.#now() + withinMs;
    if (!(await this.entries()).some(waits)) return;
    await this.store.exclusively(async () => {
      for (const entry of await this.entries()) if (waits(entry)) await this.store.put({ ...entry, ...this.#in(this.#random() * withinMs) });
    });
  }

  async #tell(): Promise<void> {
    if (this.#listeners.size === 0) return;
    const entries = await this.entries();
    for (const listener of this.#listeners) {
      try { listener(entries); } catch (error) { console.error(error); } // whoever shows them does not stop the sending
    }
  }
}
