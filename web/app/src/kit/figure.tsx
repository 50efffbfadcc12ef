// A number with its unit and its definition; one that is missing says so, and why.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { numberText, t } from '../text/index.js';
import { Known } from './said.js';
import { instantText, spanText } from './time.js';

export type Unit = 'count' | 'bytes' | 'seconds' | 'ms' | 'per_second' | 'instant';

const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  return numberText(bytes / 1000 ** power, { style: 'unit', unit: steps[power] ?? 'byte', unitDisplay: power === 0 ? 'long' : 'short', maximumSignificantDigits: 3 });
}
const binary = [['gibibytes', 2 ** 30], ['mebibytes', 2 ** 20], ['kibibytes', 2 ** 10]] as const;
/** A limit, in the unit in which it was set: 100 MiB, and not 104.9 MB. */
export function limitText(bytes: number): string {
  const [unit, of] = (bytes > 0 && bytes % 1e6 !== 0 ? binary.find(([, one]) => bytes % one === 0) : undefined) ?? [];
  return unit && of ? t().shell.figure[unit](numberText(bytes / of)) : bytesText(bytes);
}
function secondsText(s: number): string {
  if (s >= 120) return spanText(s * 1000);
  return s > 0 && s < 1 ? numberText(s * 1000, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 }) : numberText(s, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
}

/** In words of the reader's language. */
export function figureText(value: number | boolean | string, unit: Unit = 'count'): string {
  if (typeof value === 'boolean') return value ? t().shell.figure.yes : t().shell.figure.no;
  if (typeof value === 'string') return unit === 'instant' ? instantText(value, { dateStyle: 'medium', timeStyle: 'medium' }) : value;
  switch (unit) {
    case 'bytes': return bytesText(value);
    case 'seconds': return secondsText(value);
    case 'ms': return secondsText(value / 1000);
    case 'per_second': return t().shell.figure.perSecond(numberText(value, { maximumFractionDigits: 1 }));
    default: return numberText(value, { maximumFractionDigits: 2 });
  }
}

/** What a name ends with says what it is counted in. */
export function unitOf(name: string): Unit {
  if (/_bytes$|^bytes_/.test(name)) return 'bytes';
  if (/per_second$/.test(name)) return 'per_second';
  if (/_seconds$/.test(name)) return 'seconds';
  if (/_ms$/.test(name)) return 'ms';
  return /_at$|^as_of$/.test(name) ? 'instant' : 'count';
}

interface FigureOptions {
  name: string;
  value: number | boolean | string | null | undefined;
  unit?: Unit;
  /** Why there is no value. */
  why?: ComponentChildren;
  /** What is said in its place, where one knows more than that it is not known. */
  instead?: ComponentChildren;
  /** What it means; a figure without a definition says that too. */
  meaning?: ComponentChildren;
  bad?: boolean;
}

/** What a word or number means, on demand. */
export function Meaning({ of, children }: { of: string; children?: ComponentChildren }) {
  const id = useId();
  return (
    <>
      <button type="button" class="meaning" popovertarget={id} aria-label={t().shell.figure.meaningOf(of)}>?</button>
      <div id={id} popover="auto" class="meaning-text">{children ?? t().shell.figure.undefined}</div>
    </>
  );
}

/** Stands in `<dl class="figures">`. */
export function Figure({ name, value, unit = 'count', why, instead, meaning, bad = false }: FigureOptions) {
  const there = value !== null && value !== undefined;
  return (
    <div class={`figure ${bad ? 'bad' : ''}`}>
      <dt>{name} <Meaning of={name}>{meaning}</Meaning></dt>
      <dd data-varies={there ? '1' : undefined}><Known value={there ? figureText(value, unit) : instead ? <span class="missing">{instead}</span> : undefined} why={why} /></dd>
    </div>
  );
}
