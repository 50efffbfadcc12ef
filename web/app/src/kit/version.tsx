// What others change too: a change names the version that its form shows, and where another stands, both show and one says which counts.
import { useSignal } from '@preact/signals';
import { Fragment, type ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { ApiError } from '../api.js';
import { t } from '../text/index.js';
import { Button, useDeed } from './form.js';
import type { Resource } from './resource.js';
import { faultText, Read } from './said.js';
import { say } from './toast.js';

/** Is it somebody else's newer version that a change met? */
export const isStale = (error: unknown): boolean => error instanceof ApiError && (error.status === 412 || error.status === 428);

/** What somebody else has made of it meanwhile beside what was written here: nothing is lost. */
export function TwoVersions({ rows, onMine, onTheirs }: { rows: readonly { name: string; stands: string; mine: string }[]; onMine: () => void; onTheirs: () => void }) {
  const { twoVersions: words } = t().shell;
  return (
    <div class="said bad" role="alert">
      <p><strong>{words.title}</strong> {words.hint}</p>
      <div class="table-wrap" role="region" aria-label={words.title} tabIndex={0}>
        <table class="cards">
          <thead><tr><th scope="col">{words.what}</th><th scope="col">{words.stands}</th><th scope="col">{words.mine}</th></tr></thead>
          <tbody>{rows.filter(({ stands, mine }) => stands !== mine).map(({ name, stands, mine }) => (
            <tr key={name}><th scope="row">{name}</th><td class="written" data-label={words.stands}>{stands || '–'}</td><td class="written" data-label={words.mine}>{mine || '–'}</td></tr>
          ))}</tbody>
        </table>
      </div>
      <div class="actions"><Button onPress={onMine}>{words.takeMine}</Button><Button quiet onPress={onTheirs}>{words.takeTheirs}</Button></div>
    </div>
  );
}

/** What a form shows. */
export interface Version<T> {
  now: T;
  etag: string;
  from: Resource<T>;
  /** This stands now and shows; of what was written nothing is left. */
  become(body: T, etag: string | null): void;
}

/** `children` for the newest version, made anew for each. Once somebody has written in it, it stays theirs until it is saved or given up. */
export function Newest<T>({ from, children }: { from: Resource<T>; children: (version: Version<T>) => ComponentChildren }) {
  const written = useRef(false), shown = useRef<{ now: T; etag: string } | undefined>(undefined);
  const become = (body: T, etag: string | null) => { written.current = false; from.set(body, etag); };
  return (
    <Read from={from}>
      {(now) => {
        const etag = from.etag.value ?? '';
        if (!written.current || !shown.current) shown.current = { now, etag };
        return <div onInput={() => { written.current = true; }}><Fragment key={shown.current.etag}>{children({ ...shown.current, from, become })}</Fragment></div>;
      }}
    </Read>
  );
}

interface SavingOptions<T, C> {
  put: (change: C, etag: string) => Promise<{ body: T; etag: string | undefined }>;
  /** What would bring it about. */
  changeTo: (of: T) => C;
  /** Can what stood before be put back? Always, unless said. */
  hasWayBack?: (after: C) => boolean;
}
/** Saves over the version that the form shows. The way back counts for the version that the change made: it undoes nobody else's. */
export function useSaving<T, C>({ now, etag: began, from, become }: Version<T>, { put, changeTo, hasWayBack = () => true }: SavingOptions<T, C>) {
  const over = useRef({ now, etag: began }), sent = useRef<C | undefined>(undefined), stands = useSignal<{ now: T; etag: string } | undefined>(undefined);
  const saving = useDeed(async (after: C) => {
    const before = changeTo(over.current.now);
    sent.current = after;
    stands.value = undefined;
    try {
      const { body, etag = '' } = await put(after, over.current.etag);
      become(body, etag);
      const back = () => put(before, etag).then((answer) => from.set(answer.body, answer.etag ?? null), (error: unknown) => {
        void from.reload();
        say(error instanceof ApiError ? faultText(error) : t().shell.fault);
      });
      say(t().shell.saved, hasWayBack(after) ? () => { void back(); } : undefined);
    } catch (error) {
      if (isStale(error)) {
        await from.reload();
        const body = from.data.peek();
        if (!from.error.peek() && body !== undefined) stands.value = { now: body, etag: from.etag.peek() ?? '' };
      }
      throw error;
    }
  });
  const stale = stands.value, told = stale ? undefined : saving.error.value;
  /** `tell`: in words, field by field. */
  const other = (tell: (change: C) => readonly { name: string; said: string }[]) => {
    if (!stale) return null;
    const mine = tell(sent.current as C), rows = tell(changeTo(stale.now)).map(({ name, said }, i) => ({ name, stands: said, mine: mine[i]?.said ?? '' }));
    return <TwoVersions rows={rows} onMine={() => { over.current = stale; void saving.run(sent.current as C); }} onTheirs={() => become(stale.now, stale.etag)} />;
  };
  return { run: saving.run, busy: saving.busy, of: saving.of, error: told, other };
}
