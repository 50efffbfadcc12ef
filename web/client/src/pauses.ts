// When to ask again, and whether at all. Pure: chance is an argument.

const first = 500, longest = 30_000;

/** Milliseconds until attempt `attempt` + 1 (the first was 1): full jitter under a cap that doubles. What the server asked for is waited for
 * whole; it has spread its callers already, and a little more is added so that those who share a moment do not share the next. */
export function pauseBefore(attempt: number, retryAfterMs: number | undefined, random: () => number, most = longest): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random() * Math.max(250, retryAfterMs / 10);
  return random() * Math.min(most, first * 2 ** (attempt - 1));
}

/** Retries are paid for by answers: each good one puts a tenth of a retry in, so a server in trouble is asked at most a tenth more than it was,
 * whoever asks. What a person waits for (a sign-in, work that is handed in) asks without it, one at a time. */
export class RetryBudget {
  #left: number;
  constructor(private readonly most = 10, private readonly share = 0.1) { this.#left = most; }
  good(): void { this.#left = Math.min(this.most, this.#left + this.share); }
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** Seconds or a date (RFC 9110) as milliseconds from `now`; undefined if it is neither. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value), 86_400) * 1000;
  const at = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : NaN; // what else Date.parse takes is no HTTP date
  return Number.isNaN(at) ? undefined : Math.max(0, Math.min(at - now, 86_400_000));
}
