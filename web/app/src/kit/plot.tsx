// Lines over time or over a number, drawn by uPlot, which comes when the first plot shows. Who does not see the picture has its table.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { appearance } from '../shell/branding.js';
import { language, numberText, t } from '../text/index.js';
import { figureText, type Unit } from './figure.js';
import { Known } from './said.js';
import { Table, type Column } from './table.js';
import { dayText, instantText } from './time.js';
import type { Drawn } from './draw.js';

export interface Line {
  name: string;
  /** One for each of `at`; null: not known, and not drawn. */
  values: readonly (number | null)[];
  unit?: Unit | PlainUnit;
}
/** One that is not translated. */
export interface PlainUnit { text: string }
export interface PlotOptions {
  /** What the plot shows. */
  label: string;
  /** Instants in milliseconds, or, with `over`, numbers of that name ("seconds since the start"). */
  at: readonly number[];
  over?: string;
  /** Each is a day of the calendar, at its midnight in UTC. */
  days?: boolean;
  lines: readonly Line[];
  /** What happened at some of them. */
  marks?: readonly { at: number; text: string }[];
  /** Two of the lines, by place, the higher first: what lies between them is filled. */
  between?: readonly [number, number];
  height?: number;
  logarithmic?: boolean;
}

/** A line's number in its unit. */
export function lineText(value: number, unit: Line['unit']): string {
  return typeof unit === 'object' ? `${numberText(value, { maximumSignificantDigits: 4 })} ${unit.text}`.trim() : figureText(value, unit);
}

/** The appearance that is in force: canvases take no colours from style sheets by themselves. */
function useDark(): boolean {
  const wants = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [device, setDevice] = useState(wants.matches);
  useEffect(() => {
    const changed = () => { setDevice(wants.matches); };
    wants.addEventListener('change', changed);
    return () => { wants.removeEventListener('change', changed); };
  }, []);
  return appearance.value === 'system' ? device : appearance.value === 'dark';
}

function summaryOf({ name, values, unit }: Line): string {
  const there = values.filter((value) => value !== null);
  const { plot, missing } = t().shell;
  const last = there.at(-1);
  if (last === undefined) return `${name}: ${missing}`;
  const say = (value: number) => lineText(value, unit);
  return plot.summary(name, say(Math.min(...there)), say(Math.max(...there)), say(last));
}

const dayMs = 86_400_000;
/** Of a plot over more than a day each instant has its date. */
const momentText = (at: number, days: boolean, long: boolean) => (days ? dayText(new Date(at).toISOString().slice(0, 10)) : instantText(at, long ? undefined : { timeStyle: 'medium' }));

function DataTable({ label, at, over, days = false, lines }: PlotOptions) {
  const columns = useMemo<Column<number>[]>(() => [
    { id: 'at', title: over ?? (days ? t().shell.plot.day : t().shell.plot.time), cell: (i) => (over ? numberText(at[i] ?? 0) : momentText(at[i] ?? 0, days, (at.at(-1) ?? 0) - (at[0] ?? 0) > 1.5 * dayMs)), by: (i) => at[i], width: 9 },
    ...lines.map(({ name, values, unit }, j): Column<number> => ({
      id: String(j), title: name, number: true, by: (i) => values[i], cell: (i) => <Known value={typeof values[i] === 'number' ? lineText(values[i], unit) : undefined} />,
    })),
  ], [at, lines, over, days, language.value]);
  return <Table label={label} rows={at.map((_, i) => i)} columns={columns} rowKey={String} />;
}

export function Plot(options: PlotOptions) {
  const { label, at, over, lines, marks, height = 220 } = options;
  const place = useRef<HTMLDivElement>(null), drawn = useRef<Drawn | undefined>(undefined);
  const [hidden, setHidden] = useState<readonly string[]>([]), [open, setOpen] = useState(false);
  const dark = useDark(), names = lines.map(({ name }) => name).join('\n');

  useEffect(() => {
    let gone = false;
    void import('./draw.js').then(({ draw }) => {
      if (!gone && place.current) drawn.current = draw(place.current, options, height, hidden);
    });
    return () => { gone = true; drawn.current?.end(); drawn.current = undefined; };
  }, [dark, names, over, options.logarithmic, language.value, height]);
  useEffect(() => { drawn.current?.update(options, hidden); }, [at, lines, marks, hidden]);

  const toggle = (name: string) => { setHidden(hidden.includes(name) ? hidden.filter((one) => one !== name) : [...hidden, name]); };
  return (
    <figure class="plot">
      <figcaption>{label}</figcaption>
      <div class="plot-lines">
        {lines.map(({ name }, i) => (
          <button key={name} type="button" class={`line-name line-${i % 5}`} aria-pressed={!hidden.includes(name)} onClick={() => toggle(name)}>{name}</button>
        ))}
      </div>
      <div ref={place} class="plot-place" role="img" dir="ltr" aria-label={`${label}. ${lines.map(summaryOf).join(' ')}`} />
      <details class="plot-data" onToggle={(event) => { setOpen(event.currentTarget.open); }}>
        <summary>{t().shell.plot.asTable}</summary>
        {open ? <DataTable {...options} /> : null}
      </details>
    </figure>
  );
}
