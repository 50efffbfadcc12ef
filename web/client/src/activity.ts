// What the signed-in person opens, told to the server in batches for reports of engagement. Nobody waits for it and nothing depends on it: it is kept in
// memory alone, and what cannot be told is given up without a word.
import { ApiError } from './problem.js';
import type { Activity } from './openapi.js';
import type { Session } from './session.js';

export type Opened = Omit<Activity, 'id' | 'occurred_at'>;

export interface ActivityOptions {
  /** How long one waits for others, about: a class that comes at once does not tell of it at once. */
  pauseMs?: number;
  /** Does the person's browser ask not to be followed? */
  unwanted?: () => boolean;
  /** Calls `deed` when the page may be about to end; returns what ends that. */
  onHide?: (deed: () => void) => () => void;
  random?: () => number;
  now?: () => number;
}

const limit = 200; // of one request, and kept
const missesLimit = 3;

/** A UUID of version 4; crypto.randomUUID is missing where a page came by plain http. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Do Not Track, and Global Privacy Control. */
function asksForPrivacy(): boolean {
  const asked = navigator as Navigator & { doNotTrack?: string | null; globalPrivacyControl?: boolean };
  return asked.doNotTrack === '1' || asked.globalPrivacyControl === true;
}

function whenHidden(deed: () => void): () => void {
  const look = () => { if (document.visibilityState === 'hidden') deed(); };
  document.addEventListener('visibilitychange', look);
  addEventListener('pagehide', deed);
  return () => { document.removeEventListener('visibilitychange', look); removeEventListener('pagehide', deed); };
}

export class Activities {
  #waiting: Activity[] = [];
  #whose: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending = false;
  #misses = 0;
  #notBefore = 0;
  #over = false; // the institution wants none, or close()
  readonly #end: () => void;
  readonly #options: Required<ActivityOptions>;

  constructor(private readonly session: Pick<Session, 'info' | 'send'>, options: ActivityOptions = {}) {
    this.#options = { pauseMs: 30_000, unwanted: asksForPrivacy, onHide: whenHidden, random: Math.random, now: Date.now, ...options };
    this.#end = this.#options.onHide(() => { void this.flush(true); });
  }
  close(): void {
    this.#over = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#end();
  }

  /** Of whoever is signed in now; of nobody nothing is kept. */
  add(opened: Opened): void {
    const user = this.session.info?.user_id;
    if (this.#over || user === undefined || this.#options.unwanted()) return;
    if (this.#whose !== user) this.#waiting = []; // nobody tells of another
    this.#whose = user;
    this.#waiting.push({ ...opened, id: randomId(), occurred_at: new Date(this.#options.now()).toISOString() });
    if (this.#waiting.length > limit) this.#waiting.shift();
    this.#plan();
  }

  /** Tells what waits; `last`: the page may end before there is an answer. */
  async flush(last = false): Promise<void> {
    if (this.#waiting.length === 0 || (this.#sending && !last)) return;
    const { now } = this.#options, batch = this.#waiting.splice(0, limit), whose = this.#whose;
    if (this.session.info?.user_id !== whose) return;
    this.#sending = true;
    try {
      const { body } = await this.session.send({
        method: 'POST', path: '/v1/activity', retryForMs: 0, keepalive: last,
        body: { sent_at: new Date(now()).toISOString(), activities: batch },
      });
      this.#misses = 0;
      if ((body as { kept?: boolean } | undefined)?.kept === false) this.close();
    } catch (error) {
      const again = error instanceof ApiError && error.retryable && ++this.#misses < missesLimit && this.#whose === whose && !this.#over;
      if (again) {
        this.#waiting = [...batch, ...this.#waiting].slice(-limit); // with the ids that they have: none counts twice
        this.#notBefore = now() + (error.retryAfterMs ?? 0);
      } else this.#misses = 0;
    } finally { this.#sending = false; }
    this.#plan();
  }

  #plan(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0 || this.#over) return;
    const { pauseMs, random, now } = this.#options;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, Math.max(pauseMs * (0.5 + random()), this.#notBefore - now()));
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
