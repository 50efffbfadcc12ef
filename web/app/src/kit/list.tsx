// A long list, page by page until all of it is here or it is enough; said meanwhile how far it is.
import { signal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../api.js';
import { numberText, t } from '../text/index.js';
import { Progress } from './progress.js';
import { theSession, type Asker } from './resource.js';
import { Fault, Said } from './said.js';

export interface List<T> {
  rows: Signal<readonly T[]>;
  busy: Signal<boolean>;
  /** undefined as long as the first page has not come. */
  known: Signal<boolean>;
  error: Signal<ApiError | undefined>;
  /** There are more than are read. */
  cut: Signal<boolean>;
  reload(): Promise<void>;
}

const rowsLimit = 10_000;

/** Of a path with its query; null: nothing is read. What another path answered before does not show. */
export function useList<T>(path: string | null, by: Asker = theSession): List<T> {
  const who = by.who(), list = useMemo(() => make<T>(path, by), [path, by, who]); // another person's is another
  useEffect(() => {
    if (who !== undefined) void list.reload();
    return () => { list.stop(); };
  }, [list, who]);
  return list;
}

function make<T>(path: string | null, by: Asker): List<T> & { stop(): void } {
  const rows = signal<readonly T[]>([]), busy = signal(path !== null), known = signal(false), error = signal<ApiError | undefined>(undefined), cut = signal(false);
  let stopping = new AbortController();

  async function read(stop: AbortSignal): Promise<void> {
    if (path === null) return;
    let read: readonly T[] = [], cursor: string | null = null;
    do {
      const from: string = cursor ? `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : path;
      const { body } = await by.ask<{ data: T[]; next: string | null }>({ method: 'GET', path: from, signal: stop });
      if (stop.aborted) return;
      read = [...read, ...body.data];
      cursor = body.next;
      if (!known.peek() || read.length > rows.peek().length || cursor === null) rows.value = read; // one that is read again stays until the new one is as long
      known.value = true;
    } while (cursor !== null && read.length < rowsLimit);
    cut.value = cursor !== null;
  }
  return {
    rows, busy, known, error, cut,
    async reload() {
      stopping.abort();
      const stop = stopping = new AbortController();
      busy.value = path !== null;
      error.value = undefined;
      try {
        await read(stop.signal);
      } catch (thrown) {
        if (stop.signal.aborted) return;
        error.value = thrown instanceof ApiError ? thrown : new ApiError(0, 'unreachable', String(thrown), true);
      } finally { if (stop === stopping) busy.value = false; }
    },
    stop() { stopping.abort(); },
  };
}

/** The list's rows by `children`, with how far they are read. */
export function Listed<T>({ from, children }: { from: List<T>; children: (rows: readonly T[]) => ComponentChildren }) {
  const { shell } = t(), rows = from.rows.value, error = from.error.value;
  if (!from.known.value) return error ? <Fault error={error} onRetry={() => { void from.reload(); }} /> : <p class="waiting" role="status">{shell.loading}</p>;
  return (
    <>
      {from.busy.value && rows.length >= 500 ? <Progress label={shell.loading} done={rows.length} /> : null}
      {error ? <Fault error={error} onRetry={() => { void from.reload(); }} /> : null}
      {from.cut.value ? <Said>{shell.table.cut(numberText(rows.length))}</Said> : null}
      {children(rows)}
    </>
  );
}
