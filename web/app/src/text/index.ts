// What people read, by language. A text is a string, or a function of what stands in it; each language has all of them (the type says so).
import { signal } from '@preact/signals';
import { en } from './en/index.js';

export type Texts = typeof en;
export type Language = 'en' | 'ar';
export const languages: Record<Language, { name: string; direction: 'ltr' | 'rtl' }> = {
  en: { name: 'English', direction: 'ltr' },
  ar: { name: 'العربية', direction: 'rtl' },
};

const key = 'bellwether.language';
export const language = signal<Language>('en');
const texts = signal<Texts>(en);

/** The texts of the language in use: read while rendering, so that a change shows. */
export const t = (): Texts => texts.value;

function preferred(): Language {
  const wanted = [localStorage.getItem(key), ...navigator.languages].map((tag) => tag?.slice(0, 2));
  return (wanted.find((tag) => tag !== undefined && tag in languages) as Language | undefined) ?? 'en';
}

export async function speak(next: Language = preferred(), remember = false): Promise<void> {
  if (remember) localStorage.setItem(key, next);
  try {
    texts.value = next === 'en' ? en : (await import('./ar/index.js')).ar;
  } catch { return; } // without a network: what is here stays
  language.value = next;
  document.documentElement.lang = next;
  document.documentElement.dir = languages[next].direction;
}

/** One of these by the number, as the language counts: `plural(n, { one: 'a day', other: `${n} days` })`. */
export function plural(count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  return forms[kept('plural', language.peek(), undefined, () => new Intl.PluralRules(language.peek())).select(count)] ?? forms.other;
}

const formats = new Map<string, unknown>();
/** Formats of a language are made once: they cost more than what they write. */
function kept<T>(what: string, of: Language, options: object | undefined, make: () => T): T {
  const key = `${what} ${of} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key) as T;
}

export const numberText = (value: number, options?: Intl.NumberFormatOptions) =>
  kept('number', language.value, options, () => new Intl.NumberFormat(language.value, options)).format(value);
export const dateText = (at: Date, options: Intl.DateTimeFormatOptions) =>
  kept('date', language.value, options, () => new Intl.DateTimeFormat(language.value, options)).format(at);
