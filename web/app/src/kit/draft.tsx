// What is being written, kept on this device while it is typed.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { me, now } from '../api.js';
import { draftOf, dropDraft, keepDraft } from '../drafts.js';
import { t } from '../text/index.js';
import { instantText } from './time.js';

export interface DraftInHand<W> {
  /** undefined: it is still being read. */
  written: Signal<W | undefined>;
  /** 'kept' with the moment; 'failed': the browser gives no place. */
  standing: Signal<{ state: 'empty' | 'typing' | 'kept' | 'failed'; at?: number }>;
  change(written: W): void;
  /** `next` is written from now on, and the draft is away. */
  drop(next?: W): Promise<void>;
  /** Keeps it now. */
  flush(): Promise<void>;
}

export interface DraftOptions<W> {
  /** An assignment's id where a student works; `new SECTION` and `edit ASSIGNMENT` where a teacher writes it. */
  of: string;
  title: (written: W) => string;
  begin: W;
  /** Is there nothing to keep? */
  empty: (written: W) => boolean;
}

const pauseMs = 300;

function make<W>({ of, title, begin, empty }: DraftOptions<W>): DraftInHand<W> {
  const user = me.peek()?.user_id ?? '';
  const written = signal<W | undefined>(undefined);
  const standing: DraftInHand<W>['standing'] = signal({ state: 'empty' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  void draftOf(user, of).catch(() => undefined).then((draft) => {
    if (written.peek()) return;
    written.value = (draft?.written as W | undefined) ?? begin;
    if (draft) standing.value = { state: 'kept', at: draft.at };
  });

  async function flush(): Promise<void> {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const what = written.peek() ?? begin, at = now(), nothing = empty(what);
    const good = await (nothing ? dropDraft(user, of) : keepDraft({ user, assignment: of, title: title(what), written: what, at }));
    if (timer === undefined) standing.value = good ? (nothing ? { state: 'empty' } : { state: 'kept', at }) : { state: 'failed' };
  }
  return {
    written, standing, flush,
    change(what) {
      written.value = what;
      standing.value = { state: 'typing' };
      clearTimeout(timer);
      timer = setTimeout(() => { void flush(); }, pauseMs);
    },
    async drop(next = begin) {
      clearTimeout(timer);
      timer = undefined;
      written.value = next;
      standing.value = { state: 'empty' };
      await dropDraft(user, of);
    },
  };
}

export function useDraft<W>(options: DraftOptions<W>): DraftInHand<W> {
  const draft = useMemo(() => make(options), [options.of]);
  useEffect(() => {
    const flush = () => { void draft.flush(); };
    addEventListener('pagehide', flush);
    addEventListener('visibilitychange', flush);
    return () => {
      removeEventListener('pagehide', flush);
      removeEventListener('visibilitychange', flush);
      flush();
    };
  }, [draft]);
  return draft;
}

/** Says where it is kept. `kept`: with the time of day. */
export function DraftStanding({ of, kept }: { of: Pick<DraftInHand<unknown>, 'standing'>; kept: (at: string) => string }) {
  const { work } = t().student, { state, at } = of.standing.value;
  return (
    <p class="hint draft-standing" role="status" data-varies={state === 'kept' ? '' : undefined}>
      {state === 'kept' ? kept(instantText(at ?? 0, { hour: '2-digit', minute: '2-digit', second: '2-digit' })) : state === 'typing' ? work.draftTyping : state === 'failed' ? work.draftFailed : work.draftEmpty}
    </p>
  );
}
