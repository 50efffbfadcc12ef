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

/** What tabs share: nothing of it is a secret. */
export interface SharedStore {
  /** As this tab has heard; another may have set it a moment ago. */
  get(): SessionInfo | undefined;
  /** As it is. */
  latest(): Promise<SessionInfo | undefined>;
  set(info: SessionInfo | undefined): Promise<void>;
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

export class Session {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<(state: SessionState) => void>();
  #stopSharing: () => void;
  #closed = false;

  constructor(private readonly transport: Transport, private readonly shared: SharedStore, private readonly random: () => number = Math.random) {
    this.#stopSharing = shared.onChange(() => { this.#plan(); this.#tell(); });
    this.#plan();
  }
  close(): void { this.#closed = true; clearTimeout(this.#timer); this.#stopSharing(); }

  get info(): SessionInfo | undefined {
    const info = this.shared.get();
    return info && Date.parse(info.refresh_expires_at) > this.transport.clock.now() ? info : undefined;
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
        const answer = await this.transport.once({
          method: 'POST', path: '/v1/sessions', timeoutMs: 30_000, ...(options.signal && { signal: options.signal }),
          body: { username, password, mode: 'cookie', ...(options.device && { device: options.device }), ...(options.sharedDevice && { shared_device: true }) },
          ...(ticket && { headers: { 'Admission-Ticket': ticket } }),
        });
        return await this.#keep(answer);
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
    const answer = await this.transport.once({
      method: 'POST', path: '/v1/sessions/second-factor', body: { challenge, code, mode: 'cookie', ...(device && { device }) },
    });
    await this.#keep(answer);
    return (answer.body as { recovery_codes?: string[] }).recovery_codes ?? [];
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

  /** `everywhere`: all of the person's sessions, on their other devices too. */
  async signOut({ everywhere = false } = {}): Promise<void> {
    try {
      if (everywhere) await this.send({ method: 'DELETE', path: '/v1/sessions' });
      else await this.transport.once({ method: 'DELETE', path: '/v1/sessions/current' });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error; // it is over already
    }
    await this.#forget();
  }

  /** Somebody has signed in past this page, at an identity provider: whoever was known here is gone, and the cookies say who came. */
  async arrive(): Promise<void> {
    await this.#forget();
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

  /** One refresh over all tabs: whoever comes second finds it done. `seen`: the `expires_at` that turned out too old. */
  async renew(seen: string | undefined = this.info?.expires_at): Promise<void> {
    await this.shared.exclusively(async () => {
      if ((await this.shared.latest())?.expires_at !== seen) return;
      try {
        await this.#keep(await this.transport.once({ method: 'POST', path: '/v1/sessions/refresh', body: {} }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) await this.#forget();
        throw error;
      }
    });
  }

  async #keep(answer: Answer): Promise<SessionInfo> {
    const { session_id, user_id, tenant_id, roles, renew_at, expires_at, refresh_expires_at } = answer.body as SessionInfo;
    const info = { session_id, user_id, tenant_id, roles, renew_at, expires_at, refresh_expires_at };
    await this.shared.set(info);
    this.#plan();
    this.#tell();
    return info;
  }
  async #forget(): Promise<void> {
    await this.shared.set(undefined);
    this.#plan();
    this.#tell();
  }
  #tell(): void { for (const listener of this.#listeners) listener(this.state); }

  #plan(attempt = 0): void {
    clearTimeout(this.#timer);
    const info = this.info;
    if (!info || this.#closed) return;
    const due = Math.max(0, Date.parse(info.renew_at) - this.transport.clock.now());
    // A timer of a sleeping device is late by as long as it slept, and some browsers' timers hold 24.8 days at most.
    const wait = Math.min(attempt === 0 ? due : Math.max(due, pauseBefore(attempt, undefined, this.random)), 600_000);
    this.#timer = setTimeout(() => { void this.#renewWhenDue(attempt); }, wait);
  }
  async #renewWhenDue(attempt: number): Promise<void> {
    const info = this.info;
    if (!info || Date.parse(info.renew_at) > this.transport.clock.now()) return this.#plan();
    try {
      await this.renew(info.expires_at);
      this.#plan();
    } catch {
      this.#plan(attempt + 1); // signed out, or tried again: the token is good for a while yet
    }
  }
}
