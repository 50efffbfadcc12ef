// What is being written for one assignment, kept on this device while it is typed.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { me, now } from '../../api.js';
import { draftOf, dropDraft, keepDraft, type Written } from '../../drafts.js';

export interface DraftInHand {
  /** undefined: it is still being read. */
  written: Signal<Written | undefined>;
  /** 'kept' with the moment; 'failed': the browser gives no place. */
  standing: Signal<{ state: 'empty' | 'typing' | 'kept' | 'failed'; at?: number }>;
  change(written: Written): void;
  drop(): Promise<void>;
}

const pauseMs = 300;
const empty = ({ text, answers }: Written) => !text && Object.values(answers ?? {}).every((answer) => answer === '');

function make(assignment: string, title: string): DraftInHand & { flush(): Promise<void> } {
  const user = me.peek()?.user_id ?? '';
  const written = signal<Written | undefined>(undefined);
  const standing: DraftInHand['standing'] = signal({ state: 'empty' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  void draftOf(user, assignment).catch(() => undefined).then((draft) => {
    if (written.peek()) return;
    written.value = draft?.written ?? {};
    if (draft) standing.value = { state: 'kept', at: draft.at };
  });

  async function flush(): Promise<void> {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const what = written.peek() ?? {}, at = now();
    const good = await (empty(what) ? dropDraft(user, assignment) : keepDraft({ user, assignment, title, written: what, at }));
    if (timer === undefined) standing.value = good ? (empty(what) ? { state: 'empty' } : { state: 'kept', at }) : { state: 'failed' };
  }
  return {
    written, standing, flush,
    change(what) {
      written.value = what;
      standing.value = { state: 'typing' };
      clearTimeout(timer);
      timer = setTimeout(() => { void flush(); }, pauseMs);
    },
    async drop() {
      clearTimeout(timer);
      timer = undefined;
      written.value = {};
      standing.value = { state: 'empty' };
      await dropDraft(user, assignment);
    },
  };
}

export function useDraft(assignment: string, title: string): DraftInHand {
  const draft = useMemo(() => make(assignment, title), [assignment]);
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
