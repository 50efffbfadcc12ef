// Being signed in, by cookies that scripts cannot read: what is known of the session here is when to renew it and when it ends. All tabs of a
// browser share one session, and one of them at a time renews it.
import { ApiError, type Waiting } from './problem.js';
import { pauseBefore } from './pauses.js';
import { sleep, type Request, type Answer, type Transport } from './http.js';

export interface SessionInfo {
  session_id: string;
  user_id: string;
  tenant_id: string;
  roles: string[];
  renew_at: string;
  expires_at: string;
  refresh_expires_at: string;
}

/** A refresh that failed, by the device's clock: until then nobody asks again, in whatever tab. */
interface Failed { attempts: number; at: number; until: number; status: number; code: string; detail: string; retryable: boolean }
/** `ended`: nobody is signed in any more, and the server has still to be told. */
export type KeptSession = SessionInfo & { ended?: true; failed?: Failed };

/** What tabs share: nothing of it is a secret. */
export interface SharedStore {
  /** As this tab has heard; another may have set it a moment ago. */
  get(): KeptSession | undefined;
  /** As it is. */
  latest(): Promise<KeptSession | undefined>;
  set(info: KeptSession | undefined): Promise<void>;
  /** Another tab has set something; returns what ends it. */
  onChange(seen: () => void): () => void;
  /** One at a time over all tabs. */
  exclusively<T>(deed: () => Promise<T>): Promise<T>;
}

export interface SignInOptions {
  device?: string;
  sharedDevice?: boolean;
  signal?: AbortSignal;
  /** Nobody is lost: the place is kept. Called each time the place is told, with the milliseconds until it is asked for again. */
  onWaiting?: (waiting: Waiting, againInMs: number) => void;
}

export type SessionState = 'signed_out' | 'signed_in';

/** Of a refresh: there is nothing to renew. */
const isOver = (error: unknown): boolean => error instanceof ApiError && (error.status === 401 || error.field === '/refresh_token');
const refresh: Request = { method: 'POST', path: '/v1/sessions/refresh', body: {} };
const unansweredMs = 5000;

export class Session {
  #misses = 0;
  #told: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<(state: SessionState) => void>();
  #ends: (() => void)[] = [];
  #closed = false;

  constructor(private readonly transport: Transport, private readonly shared: SharedStore, private readonly random: () => number = Math.random) {
    this.#told = this.#standing();
    this.#ends.push(shared.onChange(() => { this.#plan(); this.#tell(); }));
    if (typeof addEventListener === 'function') {
      const online = () => { this.#misses = 0; this.#plan(); };
      addEventListener('online', online);
      this.#ends.push(() => removeEventListener('online', online));
    }
    this.#plan();
  }
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const end of this.#ends) end();
  }

  /** Whether it has run out is judged by the server's clock alone, so not before one answer. */
  get info(): SessionInfo | undefined {
    const kept = this.shared.get(), { clock } = this.transport;
    if (!kept || kept.ended) return undefined;
    return clock.error !== undefined && Date.parse(kept.refresh_expires_at) <= clock.now() ? undefined : kept;
  }
  get state(): SessionState { return this.info ? 'signed_in' : 'signed_out'; }
  onChange(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits as long as the server asks it to, with the ticket that keeps the place. Throws what is to be decided by a person: a wrong password,
   * a second factor (`problem.second_factor`), a delay after too many attempts (`retryAfterMs`). */
  async signIn(username: string, password: string, options: SignInOptions = {}): Promise<SessionInfo> {
    let ticket: string | undefined;
    for (let attempt = 1; ; ++attempt) {
      try {
        return await this.#enter({
          method: 'POST', path: '/v1/sessions', timeoutMs: 30_000, ...(options.signal && { signal: options.signal }),
          body: { username, password, mode: 'cookie', ...(options.device && { device: options.device }), ...(options.sharedDevice && { shared_device: true }) },
          ...(ticket && { headers: { 'Admission-Ticket': ticket } }),
        }, ({ body }) => body as SessionInfo);
      } catch (error) {
        // A sign-in whose answer was lost is begun again: the session that nobody has ends by itself.
        if (!(error instanceof ApiError) || !error.retryable || error.code === 'sign_in_delayed') throw error;
        ticket = error.waiting?.ticket ?? ticket;
        const pause = pauseBefore(attempt, error.retryAfterMs, this.random);
        if (error.waiting) options.onWaiting?.(error.waiting, pause);
        await sleep(pause, options.signal);
      }
    }
  }

  /** The second half of a sign-in that asked for one. Codes that are shown once, if it was the first of its kind. */
  async secondFactor(challenge: string, code: string, device?: string): Promise<string[]> {
    const request: Request = { method: 'POST', path: '/v1/sessions/second-factor', body: { challenge, code, mode: 'cookie', ...(device && { device }) } };
    return this.#enter(request, ({ body }) => (body as { recovery_codes?: string[] }).recovery_codes ?? []);
  }

  /** While nobody renews: a late answer to that would bring back who was here before. A session that is still to be ended is ended first, as its cookies go. */
  #enter<T>(request: Request, told: (answer: Answer) => T): Promise<T> {
    return this.shared.exclusively(async () => {
      await this.#endLeft(unansweredMs).catch(() => undefined);
      const answer = await this.transport.once(request);
      await this.#keep(answer);
      return told(answer);
    });
  }

  /** All of the person's sessions end, everywhere, and a new one begins here. */
  async changePassword(current_password: string, new_password: string): Promise<SessionInfo> {
    const change = () => this.shared.exclusively(async () =>
      this.#keep(await this.transport.once({ method: 'PUT', path: '/v1/me/password', body: { current_password, new_password, mode: 'cookie' } })));
    const { user_id: user, expires_at: before } = this.info ?? {};
    try { return await change(); } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      await this.renew(before);
      if (this.info?.user_id !== user) throw error;
      return change();
    }
  }

  /** `everywhere`: all of the person's sessions, on their other devices too. A server that does not answer is told later that this one has ended: here it has.
   * Everywhere needs its answer. */
  async signOut({ everywhere = false } = {}): Promise<void> {
    await this.shared.exclusively(async () => {
      const kept = await this.shared.latest();
      try {
        await this.#lastWord({ method: 'DELETE', path: everywhere ? '/v1/sessions' : '/v1/sessions/current' });
      } catch (error) {
        if (everywhere || !kept || !(error instanceof ApiError) || !error.retryable) throw error;
        return this.#set({ ...kept, ended: true });
      }
      await this.#set(undefined);
    });
  }
  /** With a fresh token if the old one is over; a session that is over altogether needs no word. */
  async #lastWord(request: Request): Promise<void> {
    try {
      await this.transport.once(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      try {
        await this.transport.once({ ...refresh, ...(request.timeoutMs && { timeoutMs: request.timeoutMs }) });
        await this.transport.once(request);
      } catch (again) { if (!isOver(again)) throw again; }
    }
  }
  /** By its name: whoever's cookies are there, nobody else's session ends. */
  async #endLeft(timeoutMs: number): Promise<void> {
    const kept = await this.shared.latest();
    if (!kept?.ended) return;
    try { await this.#lastWord({ method: 'DELETE', path: `/v1/sessions/${kept.session_id}`, timeoutMs }); } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
    await this.#set(undefined);
  }

  /** Somebody has signed in past this page, at an identity provider: whoever was known here is gone, and the cookies say who came. */
  async arrive(): Promise<void> {
    await this.shared.exclusively(() => this.#set(undefined));
    await this.renew();
  }

  /** As this session: an answer to a token that has just expired is asked for again with a fresh one. What one person asked is not asked again as
   * another. */
  async send(request: Request): Promise<Answer> {
    const { user_id: user, expires_at: before } = this.info ?? {};
    const still = () => user === undefined || this.info?.user_id === user;
    try {
      return await this.transport.send({ ...request, still });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      await this.renew(before);
      if (!still()) throw error;
      return this.transport.send({ ...request, still });
    }
  }

  /** One refresh over all tabs: whoever comes second finds it done, or that it failed. `seen`: the `expires_at` that turned out too old. */
  async renew(seen: string | undefined = this.info?.expires_at): Promise<void> {
    await this.shared.exclusively(async () => {
      const began = await this.shared.latest();
      if (began?.expires_at !== seen || began?.ended) return this.#hear(began);
      this.#heed(began?.failed);
      const same = async () => (await this.shared.latest())?.session_id === began?.session_id; // or somebody else has come meanwhile
      try {
        const answer = await this.transport.once(refresh);
        if (await same()) await this.#keep(answer);
      } catch (error) {
        if (await same()) await (isOver(error) ? this.#set(undefined) : this.#note(began, error));
        throw error;
      }
    });
  }
  /** What this tab has not heard of yet. */
  async #hear(latest: KeptSession | undefined): Promise<void> {
    const heard = this.shared.get();
    if (heard?.expires_at !== latest?.expires_at || heard?.ended !== latest?.ended) await this.#set(latest);
  }
  #heed(failed: Failed | undefined): void {
    const left = this.#untilAfter(failed);
    if (failed && left > 0) throw new ApiError(failed.status, failed.code, failed.detail, failed.retryable, left);
  }
  async #note(began: KeptSession | undefined, error: unknown): Promise<void> {
    if (!began || !(error instanceof ApiError)) return;
    const { status, code, message: detail, retryable, retryAfterMs } = error, attempts = (began.failed?.attempts ?? 0) + 1, at = this.#deviceNow();
    const pause = pauseBefore(attempts, retryAfterMs, this.random);
    await this.shared.set({ ...began, failed: { attempts, at, until: at + (status === 0 ? Math.min(pause, unansweredMs) : pause), status, code, detail, retryable } });
  }
  #untilAfter(failed: Failed | undefined): number {
    const now = this.#deviceNow();
    return failed && failed.at <= now ? Math.max(0, failed.until - now) : 0; // a clock that was set back waits for nothing
  }
  #deviceNow(): number { return this.transport.clock.now() - this.transport.clock.offset; }

  async #keep(answer: Answer): Promise<SessionInfo> {
    const { session_id, user_id, tenant_id, roles, renew_at, expires_at, refresh_expires_at } = answer.body as SessionInfo;
    const info = { session_id, user_id, tenant_id, roles, renew_at, expires_at, refresh_expires_at };
    await this.#set(info);
    return info;
  }
  async #set(kept: KeptSession | undefined): Promise<void> {
    await this.shared.set(kept);
    this.#plan();
    this.#tell();
  }
  #standing(): string { return this.info ? `${this.info.session_id} ${this.info.user_id} ${this.info.expires_at}` : ''; }
  #tell(): void {
    const now = this.#standing();
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) listener(this.state);
  }

  /** When to renew, or to say that it has ended. `least`: not sooner. */
  #plan(least = 0): void {
    clearTimeout(this.#timer);
    const kept = this.shared.get();
    if (this.#closed || !kept || (!kept.ended && !this.info)) return;
    const due = kept.ended ? 0 : Math.max(0, Date.parse(kept.renew_at) - this.transport.clock.now());
    // A timer of a sleeping device is late by as long as it slept, and some browsers' timers hold 24.8 days at most.
    this.#timer = setTimeout(() => { void this.#doWhatIsDue(); }, Math.min(Math.max(due, least, this.#untilAfter(kept.failed)), 600_000));
  }
  async #doWhatIsDue(): Promise<void> {
    const isDue = () => { const kept = this.shared.get(); return kept && (kept.ended || Date.parse(kept.renew_at) <= this.transport.clock.now()); };
    if (!isDue()) return this.#plan();
    let asked: number | undefined;
    try {
      await (this.shared.get()?.ended ? this.shared.exclusively(() => this.#endLeft(15_000)) : this.renew());
    } catch (error) { // the token is good for a while yet
      asked = error instanceof ApiError ? error.retryAfterMs : undefined;
    }
    if (!isDue()) this.#misses = 0;
    this.#plan(isDue() ? pauseBefore(++this.#misses, asked, this.random) : 0);
  }
}
