// Marks that go to the server by themselves do so one after the other, whoever wrote them and whenever, and wait as long as the server asks.
import { pauseBefore, type ApiError } from '@bellwether/client';
import { signal } from '@preact/signals';

export interface Waiting {
  /** Once, if it still waits. What hinders it comes back by `queue`. */
  attempt(): Promise<void>;
}

/** Why nothing goes just now. */
export const hindered = signal<ApiError | undefined>(undefined);

const line = new Set<Waiting>();
let going = false, failed = 0;
/** `asked`: by the server, so nothing shortens it. */
let rest = { until: 0, asked: false }, wake: (() => void) | undefined;

/** `after`: what hindered it just now. */
export function queue(one: Waiting, after?: ApiError): void {
  if (after) {
    hindered.value = after;
    rest = { until: Date.now() + pauseBefore(++failed, after.retryAfterMs, Math.random), asked: after.retryAfterMs !== undefined };
  }
  line.add(one);
  if (!going) void go();
}
export function answered(): void { [failed, hindered.value] = [0, undefined]; }

/** There is a network again. */
export function hasten(): void {
  if (rest.asked) return;
  rest.until = 0;
  wake?.();
}

async function go(): Promise<void> {
  going = true;
  try {
    for (;;) {
      while (rest.until > Date.now()) await resting(rest.until - Date.now());
      const [next] = line;
      if (!next) return;
      line.delete(next);
      await next.attempt();
    }
  } finally { going = false; }
}
const resting = (ms: number): Promise<void> => new Promise((done) => {
  const timer = setTimeout(done, ms);
  wake = () => { clearTimeout(timer); done(); };
});
