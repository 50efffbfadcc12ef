// What the person is told as it happens, and how much of it is unread.
import type { schemas } from '@bellwether/client';
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { api, events, session } from './api.js';
import { say } from './kit/toast.js';
import { t } from './text/index.js';

export type Notice = schemas.Notice;

/** 100: as many, or more; undefined: not known. */
export const unread = signal<number | undefined>(undefined);

async function count(): Promise<void> {
  if (!session.info) return void (unread.value = undefined);
  unread.value = await api.get('/v1/notices', { query: { limit: 1 } }).then(({ body }) => body.unread, () => unread.peek());
}

export function listen(): void {
  session.onChange((state) => { if (state === 'signed_out') unread.value = undefined; });
  events.onEvent(({ name, data }) => {
    if (name === 'anew') return void count();
    if (name !== 'announcement' && name !== 'grade_released') return;
    unread.value = Math.min((unread.peek() ?? 0) + 1, 100); // counted here: a whole class does not ask at once
    say(t().shell.told[(data as Notice).kind]);
  });
}

/** `deed` with each notice as it comes; without one: something may have been missed. */
export function useLive(deed: (notice: Notice | undefined) => void): void {
  const latest = useRef(deed);
  latest.current = deed;
  useEffect(() => {
    let begun = false; // a listener begins with `anew`, and the page has just been read
    return events.onEvent(({ name, data }) => {
      if (name !== 'anew') latest.current(data as Notice);
      else if (begun) latest.current(undefined);
      begun = true;
    });
  }, []);
}
