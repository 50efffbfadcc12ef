// Files that are handed in: what they need is loaded where somebody hands some in, or has some that are on their way.
import { openFiles, type Entry, type Files, type FileView } from '@bellwether/client';
import { effect, signal } from '@preact/signals';
import { handedIn, outbox, session, transport } from './api.js';

/** Of whoever is signed in, on this device. */
export const fileViews = signal<readonly FileView[]>([]);
let opened: Promise<Files> | undefined;

export function files(): Promise<Files> {
  opened ??= openFiles(session, outbox, transport.clock).then(async (all) => {
    all.onChange((views) => { fileViews.value = views; });
    fileViews.value = await all.files();
    return all;
  });
  opened.catch(() => { opened = undefined; }); // its code did not come: asked for again
  return opened;
}

const sends = ({ work, state, files_bound }: Entry) => 'files' in work && state !== 'refused' && files_bound !== true;

export function sendFiles(): void {
  effect(() => { if (handedIn.value.some(sends)) void files().catch(() => undefined); });
}
