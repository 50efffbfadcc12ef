// Requests to one server: an answer, or an ApiError. What may be asked again is asked again, as far as the budget goes.
import { ApiError, errorOf } from './problem.js';
import { pauseBefore, RetryBudget, retryAfter } from './pauses.js';
import { ServerClock } from './server_clock.js';

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown; // sent as JSON
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Of one attempt. */
  timeoutMs?: number;
  /** In all; 0: one attempt. Default 20 s for what changes nothing, or carries an Idempotency-Key, else 0. */
  retryForMs?: number;
  /** Is it still meant, when it would go once more? */
  still?: () => boolean;
  /** Goes on when the page ends; of at most 64 KiB. */
  keepalive?: boolean;
}
export interface Answer { status: number; headers: Headers; body: unknown }

export interface TransportOptions {
  /** "" for the page's own. */
  origin?: string;
  fetch?: typeof fetch;
  clock?: ServerClock;
  budget?: RetryBudget;
  random?: () => number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  now?: () => number;
}

/** Ends early, by throwing what `signal` was aborted with. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    if (signal?.aborted) return failed(signal.reason);
    const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); done(); }, ms);
    const stop = () => { clearTimeout(timer); failed(signal?.reason); };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Aborted when one of them is. AbortSignal.any is missing in Safari before 17.4. */
export function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  if (AbortSignal.any) return AbortSignal.any([...signals]);
  const one = new AbortController(), stop = (event: Event) => one.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal.aborted) one.abort(signal.reason);
    else signal.addEventListener('abort', stop, { once: true, signal: one.signal });
  }
  return one.signal;
}

/** Twice has the effect of once. */
const repeatable = (request: Request) =>
  request.method === 'GET' || Object.keys(request.headers ?? {}).some((name) => name.toLowerCase() === 'idempotency-key');

export class Transport {
  readonly clock: ServerClock;
  readonly #options: Required<Omit<TransportOptions, 'clock'>>;
  constructor(options: TransportOptions = {}) {
    this.clock = options.clock ?? new ServerClock(options.now);
    this.#options = {
      origin: options.origin ?? '', fetch: options.fetch ?? ((...given) => fetch(...given)), budget: options.budget ?? new RetryBudget(),
      random: options.random ?? Math.random, sleep: options.sleep ?? sleep, now: options.now ?? Date.now,
    };
  }

  /** An answer below 400. */
  async send(request: Request): Promise<Answer> {
    const { budget, now, random, sleep: rest } = this.#options;
    const end = now() + (request.retryForMs ?? (repeatable(request) ? 20_000 : 0));
    for (let attempt = 1; ; ++attempt) {
      try {
        const answer = await this.once(request);
        budget.good();
        return answer;
      } catch (error) {
        if (!(error instanceof ApiError) || !this.#mayRepeat(request, error)) throw error;
        const pause = pauseBefore(attempt, error.retryAfterMs, random);
        if (now() + pause >= end || !budget.take()) throw error;
        await rest(pause, request.signal);
        if (request.still?.() === false) throw error;
      }
    }
  }

  /** A server that says `retryable` has done nothing; where nobody says so, only what has the same effect twice is sent again. */
  #mayRepeat(request: Request, error: ApiError): boolean {
    if (error.problem && error.code !== 'outcome_unknown') return error.retryable;
    return error.retryable && repeatable(request);
  }

  /** One attempt. */
  async once(request: Request): Promise<Answer> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? 15_000);
    const { response, text } = await this.#attempt(request, request.signal ? anyOf([request.signal, timeout]) : timeout,
      async (answer) => ({ response: answer, text: await answer.text() }));
    const body = this.#json(response, text);
    if (response.status >= 400) throw this.#error(response, body);
    return { status: response.status, headers: response.headers, body };
  }

  /** One attempt at an answer that goes on: its body is the caller's to read, until `signal` ends it. `timeoutMs`: until it begins. */
  async stream(request: Request): Promise<Response> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), request.timeoutMs ?? 15_000);
    try {
      const response = await this.#attempt(request, request.signal ? anyOf([request.signal, late.signal]) : late.signal, async (answer) => answer);
      if (response.status >= 400) throw this.#error(response, this.#json(response, await response.text().catch(() => '')));
      return response;
    } finally { clearTimeout(timer); }
  }

  async #attempt<T>(request: Request, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
    const sent = this.#options.now();
    try {
      const response = await this.#options.fetch(this.#options.origin + request.path, {
        method: request.method,
        headers: { Accept: 'application/json', ...(request.body !== undefined && { 'Content-Type': 'application/json' }), ...request.headers },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        credentials: 'same-origin',
        cache: 'no-store',
        ...(request.keepalive && { keepalive: true }),
        signal,
      });
      this.clock.learn(sent, this.#options.now(), response.headers.get('Date'));
      return await read(response);
    } catch {
      if (request.signal?.aborted) throw request.signal.reason;
      const changes = request.method !== 'GET';
      throw new ApiError(0, changes ? 'outcome_unknown' : 'unreachable', 'no answer from the server: check the connection', true);
    }
  }

  #json(response: Response, text: string): unknown {
    if (text === '' || !/json/.test(response.headers.get('Content-Type') ?? '')) return undefined;
    try { return JSON.parse(text); } catch { return undefined; }
  }
  #error(response: Response, body: unknown): ApiError {
    return errorOf(response.status, body, retryAfter(response.headers.get('Retry-After'), this.clock.now()));
  }
}
