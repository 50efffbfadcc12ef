// Short words at the edge of the page, and the way back from what was just done.
import { signal } from '@preact/signals';
import { t } from '../text/index.js';
import { Button } from './form.js';

interface Toast { id: number; text: string; undo?: () => void }
const toasts = signal<Toast[]>([]);
let next = 0;

const drop = (id: number) => { toasts.value = toasts.value.filter((toast) => toast.id !== id); };

export function say(text: string, undo?: () => void): void {
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
