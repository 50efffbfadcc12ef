// What a person is told as it happens (GET /v1/events): one stream for all tabs of a browser, held by one of them and passed on to the others.
// When that tab goes, another goes on behind the last event that it has heard, so nothing is missed and nothing comes twice.
import { createParser } from 'eventsource-parser';
import { anyOf, sleep, type Transport } from './http.js';
import { pauseBefore } from './pauses.js';
import { ApiError } from './problem.js';
import type { Session } from './session.js';

/** A notice, named by its kind. `anew`: something may have been missed, or this is the beginning; read what is shown again. */
export interface StreamEvent { name: string; id: string | undefined; data: unknown }

const anew: StreamEvent = { name: 'anew', id: undefined, data: undefined };

/** From the tab that holds the stream. `before`: the position that whoever has missed nothing stands at; `at`: where they stand then. */
export type Passed = { user_id: string; before: string | undefined; at: string; event?: StreamEvent } | { ask: true };

/** What tabs share. */
export interface EventShare {
  /** Runs `deed` in one tab at a time; ends when `signal` does. */
  lead(deed: () => Promise<void>, signal: AbortSignal): Promise<void>;
  pass(message: Passed): void;
  onPassed(seen: (message: Passed) => void): () => void;
}

export interface EventOptions {
  random?: () => number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Without a byte for so long the line is dead; the server says something every 20 s. */
  silenceMs?: number;
}

/** null: it cannot be read, so all else is read again. */
function read(name: string, id: string, data: string): StreamEvent | null {
  try { return { name, id, data: JSON.parse(data) as unknown }; } catch { return null; }
}

export class Events {
  #listeners = new Set<(event: StreamEvent) => void>();
  #at: string | undefined; // the position behind which this tab has heard nothing yet
  #user: string | undefined;
  #expiresAt: string | undefined;
  #leads = false;
  #closed = new AbortController();
  #changed = new AbortController(); // of the session: another person, another token, none
  #ends: (() => void)[] = [];
  readonly #random: () => number;
  readonly #sleep: NonNullable<EventOptions['sleep']>;
  readonly #silenceMs: number;

  constructor(
    private readonly session: Pick<Session, 'info' | 'onChange' | 'renew'>,
    private readonly transport: Pick<Transport, 'stream'>,
    private readonly share: EventShare,
    options: EventOptions = {},
  ) {
    this.#random = options.random ?? Math.random;
    this.#sleep = options.sleep ?? sleep;
    this.#silenceMs = options.silenceMs ?? 60_000;
    this.#look();
    this.#ends.push(session.onChange(() => this.#look()), share.onPassed((message) => this.#heard(message)));
    if (typeof addEventListener === 'function') {
      const online = () => this.#wake();
      addEventListener('online', online);
      this.#ends.push(() => removeEventListener('online', online));
    }
    share.pass({ ask: true });
    void share.lead(() => this.#lead(), this.#closed.signal).catch(() => undefined);
  }
  close(): void {
    this.#closed.abort();
    this.#wake();
    for (const end of this.#ends) end();
  }
  /** A listener begins with `anew`, at once if the stream has begun before it. */
  onEvent(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#at) queueMicrotask(() => listener(anew));
    return () => this.#listeners.delete(listener);
  }

  // ---- what tabs tell each other ----

  #heard(message: Passed): void {
    if ('ask' in message) {
      if (this.#leads && this.#user && this.#at) this.share.pass({ user_id: this.#user, before: this.#at, at: this.#at });
    } else if (message.user_id === this.#user) this.#follow(message);
  }
  #follow({ before, at, event }: Exclude<Passed, { ask: true }>): void {
    const known = before !== undefined && this.#at === before;
    this.#at = at;
    if (!known) this.#tell(anew); // what stands in `event` is read with all else
    else if (event) this.#tell(event);
  }
  #tell(event: StreamEvent): void {
    for (const listener of this.#listeners) {
      try { listener(event); } catch (error) { console.error(error); } // whoever shows it does not end the stream
    }
  }

  // ---- the tab that holds the stream ----

  /** Whoever waits, or holds a stream of a token that is no longer the newest, looks again. */
  #look(): void {
    const { user_id, expires_at } = this.session.info ?? {};
    if (user_id === this.#user && expires_at === this.#expiresAt) return;
    if (user_id !== this.#user) this.#at = undefined;
    [this.#user, this.#expiresAt] = [user_id, expires_at];
    this.#wake();
  }
  #wake(): void {
    this.#changed.abort();
    this.#changed = new AbortController();
  }
  async #rest(ms: number): Promise<void> { await this.#sleep(ms, this.#changed.signal).catch(() => undefined); }

  async #lead(): Promise<void> {
    this.#leads = true;
    for (let failed = 0; !this.#closed.signal.aborted;) {
      const { signal } = this.#changed;
      if (!this.#user) { // 10 min: a session ends by itself, too
        await this.#rest(600_000);
        this.#look();
        continue;
      }
      let retryMs: number | undefined;
      try {
        await this.#read(this.#user, signal, (ms) => { retryMs = ms; failed = 0; });
      } catch (error) {
        if (signal.aborted) continue;
        failed += 1;
        retryMs = await this.#pauseAfter(error, failed);
      }
      if (!signal.aborted) await this.#rest(retryMs ?? pauseBefore(++failed, undefined, this.#random));
    }
    this.#leads = false;
  }

  async #pauseAfter(error: unknown, failed: number): Promise<number> {
    const problem = error instanceof ApiError ? error : undefined;
    if (problem?.status === 401) await this.session.renew(this.#expiresAt).catch(() => undefined); // or it is over: the session tells
    if (problem?.status === 422) this.#at = undefined; // a position that this server does not know
    return pauseBefore(failed, problem?.retryAfterMs, this.#random);
  }

  /** Until the stream ends, by itself or by `signal`. `live`: it has begun; when it ends, come back after so long. */
  async #read(user: string, signal: AbortSignal, live: (retryMs: number | undefined) => void): Promise<void> {
    const dead = new AbortController();
    const response = await this.transport.stream({
      method: 'GET', path: '/v1/events', signal: anyOf([signal, dead.signal]),
      headers: { Accept: 'text/event-stream', ...(this.#at && { 'Last-Event-ID': this.#at }) },
    });
    let retryMs: number | undefined, at = this.#at;
    const parser = createParser({
      maxBufferSize: 1 << 18,
      onRetry: (ms) => { retryMs = ms; },
      onEvent: ({ event: name = 'message', id, data }) => {
        if (signal.aborted || !id) return; // `end` has no position, and is followed by the end
        const event = name === 'ready' ? undefined : read(name, id, data);
        const told = { user_id: user, before: event === null ? undefined : at, at: id, ...(event && { event }) };
        if (name === 'ready') live(retryMs);
        at = id;
        this.#follow(told);
        this.share.pass(told);
      },
    });
    const reader = response.body!.getReader(), text = new TextDecoder();
    try {
      for (;;) {
        const timer = setTimeout(() => dead.abort(), this.#silenceMs);
        const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined })).finally(() => clearTimeout(timer)); // cut is ended
        if (done) return;
        parser.feed(text.decode(value, { stream: true }));
      }
    } finally { dead.abort(); } // whatever ends it, the line is not left open
  }
}
