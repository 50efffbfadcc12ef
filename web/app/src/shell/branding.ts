// The institution's name and colours: kept for the next start, so that nothing flickers, and asked for anew each time.
import { ApiError, type schemas } from '@bellwether/client';
import { signal } from '@preact/signals';
import { transport } from '../api.js';
import { shadeOf } from './colour.js';

export interface Branding { name: string; short: string; accent: string | null; logo: string | null }
const key = 'bellwether.branding';
const none: Branding = { name: 'Bellwether', short: 'Bellwether', accent: null, logo: null };

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
  const root = document.documentElement, { accent } = branding.value;
  if (appearance.value === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = appearance.value;
  for (const which of ['light', 'dark'] as const) {
    const shade = accent ? shadeOf(accent, which) : undefined;
    root.style.setProperty(`--brand-${which}`, shade?.accent ?? null);
    root.style.setProperty(`--brand-wash-${which}`, shade?.wash ?? null);
  }
}

function become(next: Branding | null): void {
  branding.value = next ?? none;
  if (next) localStorage.setItem(key, JSON.stringify(next));
  else localStorage.removeItem(key);
  dress();
}

/** Which institution's host this is, and how it looks; without an answer: as it was. */
export async function learnBranding(): Promise<void> {
  dress();
  try {
    const { name, short_name, accent_color, logo_url } = (await transport.send({ method: 'GET', path: '/v1/institution' })).body as schemas.Institution;
    become({ name, short: short_name ?? name, accent: accent_color, logo: logo_url });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) become(null);
  }
}
