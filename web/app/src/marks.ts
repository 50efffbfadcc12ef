// Marks that a teacher left on this device: what sends them is loaded where there are some, when somebody signs in and when there is a network again.
import { effect } from '@preact/signals';
import { me, online } from './api.js';
import { marksHere } from './drafts.js';

export function sendMarks(): void {
  effect(() => {
    if (me.value && online.value && marksHere(me.value.user_id) > 0) void import('./pages/teacher/mark_keeper.js').then(({ sendLeft }) => sendLeft()).catch(() => undefined);
  });
}
