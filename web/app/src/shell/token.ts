// The operator in this tab: the token stays in its memory, goes with the pages of operators, and is written nowhere.
import { signal } from '@preact/signals';

export const token = signal<string | null>(null);
export function forget(): void { token.value = null; }
addEventListener('pagehide', forget);
export const isDesk = (path: string): boolean => /^\/app\/operator(\/|$)/.test(path);
