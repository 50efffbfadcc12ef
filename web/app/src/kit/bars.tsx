// Bars of parts, one for each thing, and columns of numbers in order. What a bar says stands beside it in numbers; columns have their table.
import type { ComponentChildren } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { language, numberText, t } from '../text/index.js';
import { Table, type Column } from './table.js';
import '../style/bars.css';

export interface Bar {
  key: string;
  name: ComponentChildren;
  /** One for each part, in order; null: not known, or not told. */
  values: readonly (number | null)[];
  /** What else is said of it. */
  more?: ComponentChildren;
}
/** Told apart without colours too. */
export type Fill = 'full' | 'hatched' | 'dotted' | 'empty';
export interface Part { name: string; fill: Fill }
interface BarsOptions {
  /** What the bars show. */
  label: string;
  parts: readonly Part[];
  bars: readonly Bar[];
  /** As long as the longest bar may be; unless said, the greatest sum. */
  most?: number;
  say?: (value: number) => string;
  /** Of a bar whose numbers are not told. */
  untold?: string;
}

function Patterns({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={`${id}-hatched`} class="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="6" height="6" class="ground" /><rect width="3" height="6" class="ink" />
      </pattern>
      <pattern id={`${id}-dotted`} class="dotted" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="ground" /><circle cx="3" cy="3" r="1.7" class="ink" /></pattern>
    </defs>
  );
}
const patterned = (id: string, fill: Fill) => (fill === 'hatched' || fill === 'dotted' ? `url(#${id}-${fill})` : undefined);

function OneBar({ bar: { name, values, more }, parts, longest, id, say, untold }: { bar: Bar; parts: readonly Part[]; longest: number; id: string; say: (value: number) => string; untold: string }) {
  const there = parts.map((part, i) => ({ ...part, value: values[i] ?? null, from: values.slice(0, i).reduce<number>((all, value) => all + (value ?? 0), 0) }))
    .filter((one): one is typeof one & { value: number } => one.value !== null);
  return (
    <li>
      <p class="bar-name">{name}{more ? <> <span class="dim small">{more}</span></> : null}</p>
      {there.length === 0 ? <p class="small missing">{untold}</p> : (
        <>
          <svg class="bar-drawn" aria-hidden="true">
            {there.map(({ name: part, fill, value, from }) => (value > 0
              ? <rect key={part} x={`${(100 * from) / longest}%`} width={`${(100 * value) / longest}%`} height="100%" class={`part ${fill}`} fill={patterned(id, fill)} /> : null))}
          </svg>
          <p class="bar-said small">{there.map(({ name: part, value }) => `${say(value)} ${part}`).join(' · ')}</p>
        </>
      )}
    </li>
  );
}

export function Bars({ label, parts, bars, most, say = (value) => numberText(value), untold }: BarsOptions) {
  const id = useId().replaceAll(':', ''), sum = ({ values }: Bar) => values.reduce<number>((all, value) => all + (value ?? 0), 0);
  const longest = most ?? Math.max(1, ...bars.map(sum));
  return (
    <figure class="bars">
      <figcaption>{label}</figcaption>
      <svg class="bar-patterns" aria-hidden="true"><Patterns id={id} /></svg>
      <ul class="bar-parts">
        {parts.map(({ name, fill }) => <li key={name}><svg aria-hidden="true"><rect width="100%" height="100%" class={`part ${fill}`} fill={patterned(id, fill)} /></svg>{name}</li>)}
      </ul>
      <ol class="bar-rows">
        {bars.map((bar) => <OneBar key={bar.key} bar={bar} parts={parts} longest={longest} id={id} say={say} untold={untold ?? t().shell.missing} />)}
      </ol>
    </figure>
  );
}

interface ColumnsOptions {
  label: string;
  /** What is counted, and what it is counted over. */
  counted: string;
  over: string;
  columns: readonly { name: string; value: number }[];
  /** Under the picture, from its beginning to its end. */
  scale: readonly string[];
  /** What the picture tells, in a sentence. */
  summary: string;
}

export function Columns({ label, counted, over, columns, scale, summary }: ColumnsOptions) {
  const [open, setOpen] = useState(false), most = Math.max(1, ...columns.map(({ value }) => value)), wide = 100 / Math.max(1, columns.length);
  const shown = useMemo<Column<ColumnsOptions['columns'][number]>[]>(() => [
    { id: 'name', title: over, width: 10, cell: ({ name }) => name }, { id: 'value', title: counted, number: true, by: ({ value }) => value, cell: ({ value }) => numberText(value) },
  ], [over, counted, language.value]);
  return (
    <figure class="bars">
      <figcaption>{label}</figcaption>
      <p class="dim small">{summary}</p>
      <div class="columns-drawn">
        <svg role="img" aria-label={`${label}. ${summary}`}>
          <line x1="0" x2="100%" y1="100%" y2="100%" class="columns-ground" />
          {columns.map(({ name, value }, i) => (value > 0
            ? <rect key={name} x={`${i * wide + wide * 0.08}%`} width={`${wide * 0.84}%`} y={`${100 - (100 * value) / most}%`} height={`${(100 * value) / most}%`} class="part full"><title>{`${name}: ${numberText(value)}`}</title></rect> : null))}
        </svg>
        <div class="columns-scale small dim" aria-hidden="true">{scale.map((text) => <span key={text}>{text}</span>)}</div>
      </div>
      <details class="plot-data" onToggle={(event) => { setOpen(event.currentTarget.open); }}>
        <summary>{t().shell.plot.asTable}</summary>
        {open ? <Table label={label} rows={columns} columns={shown} rowKey={({ name }) => name} /> : null}
      </details>
    </figure>
  );
}
