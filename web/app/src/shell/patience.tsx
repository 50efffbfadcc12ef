// A full house: what the server refused untouched is asked again by itself, at the moment that it said, until somebody stops.
import { pauseBefore, type Answer, type Request, type Waiting } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ApiError, transport } from '../api.js';
import { Button } from '../kit/form.js';
import { t } from '../text/index.js';

export function WaitingRoom({ waiting, onStop }: { waiting?: Waiting | undefined; onStop: () => void }) {
  const { signIn } = t().shell;
  return (
    <div class="said note waiting-room" role="status">
      <p class="waiting">{waiting ? signIn.waiting : t().shell.busy}</p>
      {waiting ? <p><strong>{signIn.place(waiting.place)}</strong>, {signIn.estimate(waiting.estimate_seconds)}.</p> : null}
      <Button quiet onPress={onStop}>{signIn.stop}</Button>
    </div>
  );
}

const rest = (ms: number, signal: AbortSignal) => new Promise<void>((done, failed) => {
  const timer = setTimeout(done, ms);
  signal.addEventListener('abort', () => { clearTimeout(timer); failed(signal.reason as Error); }, { once: true });
});

/** `ask` sends as nobody: undefined where the reader stopped. What may have been done (no answer, or one of a proxy) is not sent again: a link counts once. */
export function usePatience() {
  const waits = useSignal<{ waiting?: Waiting | undefined } | undefined>(undefined), stop = useRef<AbortController>(undefined);
  const ask = async (request: Request): Promise<Answer | undefined> => {
    const { signal } = stop.current = new AbortController();
    try {
      for (let attempt = 1; ; ++attempt) {
        try {
          return await transport.once({ ...request, timeoutMs: 30_000, signal });
        } catch (error) {
          if (signal.aborted) return undefined;
          if (!(error instanceof ApiError) || !error.problem || !error.retryable || error.code === 'outcome_unknown') throw error;
          waits.value = { waiting: error.waiting };
          await rest(pauseBefore(attempt, error.retryAfterMs, Math.random), signal).catch(() => undefined);
          if (signal.aborted) return undefined;
        }
      }
    } finally { waits.value = undefined; }
  };
  const shown = waits.value ? <WaitingRoom waiting={waits.value.waiting} onStop={() => stop.current?.abort()} /> : null;
  return { ask, shown };
}
