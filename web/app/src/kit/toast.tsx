// Short words at the edge of the page, and the way back from what was just done.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { me } from '../api.js';
import { t } from '../text/index.js';
import { Button } from './form.js';

interface Toast { id: number; text: ComponentChildren; undo?: () => void }
const toasts = signal<Toast[]>([]);
let next = 0;

// The way back from what one person did is nobody else's.
let whose: string | undefined;
me.subscribe((person) => {
  if (person?.user_id !== whose) toasts.value = toasts.peek().filter(({ undo }) => !undo);
  whose = person?.user_id;
});

const drop = (id: number) => { toasts.value = toasts.value.filter((toast) => toast.id !== id); };

export function say(text: ComponentChildren, undo?: () => void): void {
  const id = ++next;
  toasts.value = [...toasts.value.slice(-2), { id, text, ...(undo && { undo }) }];
  setTimeout(drop, undo ? 10_000 : 5_000, id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, undo }) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          {undo ? <Button quiet onPress={() => { drop(id); undo(); }}>{t().shell.undo}</Button> : null}
        </div>
      ))}
    </div>
  );
}
