// A storm's report as it was kept: drawn by the second, with all of its figures; beside another, with what is different.
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Meaning } from '../../kit/figure.js';
import { Card } from '../../kit/page.js';
import { Plot, type Line } from '../../kit/plot.js';
import { useResource } from '../../kit/resource.js';
import { Known, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, numberText, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { operator } from './operator.js';

type Report = schemas.StormReport;
type Value = string | number | boolean | null;
interface Row { name: string; values: (Value | undefined)[] }

/** "refresh.p99_us": 10496, and so on: what stands in it beside the plots. */
function figuresOf(report: object, before = ''): [string, Value][] {
  return Object.entries(report).flatMap(([name, value]: [string, unknown]): [string, Value][] => {
    if (before === '' && ['plots', 'marks', 'started_at', 'storm', 'ok'].includes(name)) return [];
    if (typeof value === 'object' && value !== null) return Array.isArray(value) ? [[before + name, value.length]] : figuresOf(value, `${before}${name}.`);
    return [[before + name, value as Value]];
  });
}

function rowsOf(reports: Report[]): Row[] {
  const each = reports.map((report) => new Map(figuresOf(report)));
  return [...new Set(each.flatMap((figures) => [...figures.keys()]))].map((name) => ({ name, values: each.map((figures) => figures.get(name)) }));
}

const valueText = (value: Value) => (typeof value === 'number' ? numberText(value, { maximumFractionDigits: 2 }) : typeof value === 'boolean' ? t().shell.figure[value ? 'yes' : 'no'] : String(value));
function differenceText([first, second]: Row['values']): string | null {
  if (typeof first !== 'number' || typeof second !== 'number') return null;
  if (first === second) return '=';
  const sign = { signDisplay: 'exceptZero', maximumFractionDigits: first === 0 ? 2 : 0 } as const;
  return first === 0 ? numberText(second, sign) : numberText((second - first) / Math.abs(first), { ...sign, style: 'percent' });
}

/** "latency_ms.all.p99": what is measured there, and which part of it this is; undefined: nobody has said. */
function meaningOf(name: string): string | undefined {
  const { figures, parts } = t().storm, path = name.split('.');
  const known = (table: Record<string, string>, key: string | undefined) => (key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined);
  const part = path.length > 1 ? known(parts, path.at(-1)?.replace(/_us$/, '')) : undefined;
  const of = path.slice(0, part === undefined ? undefined : -1).reverse().map((key) => known(figures, key)).find((text) => text !== undefined);
  return of === undefined ? part : part === undefined ? of : `${of} ${part}`;
}

function Name({ of }: { of: string }) {
  return (
    <>
      <code>{of}</code>{' '}
      <Meaning of={of}>
        <p>{meaningOf(of) ?? t().shell.figure.undefined}</p>
        <p><a href="/docs#schema-StormReport" target="_blank" rel="noopener">{t().operator.overview.document}</a></p>
      </Meaning>
    </>
  );
}

function Figures({ reports }: { reports: Report[] }) {
  const { storms } = t().operator, rows = useMemo(() => rowsOf(reports), [reports]);
  const columns = useMemo<Column<Row>[]>(() => [
    { id: 'name', title: storms.figure, width: 14, by: ({ name }) => name, cell: ({ name }) => <Name of={name} /> },
    ...reports.map((_, i): Column<Row> => ({
      id: String(i), title: reports.length === 1 ? storms.value : i === 0 ? storms.first : storms.second, number: true, width: 7,
      by: ({ values }) => { const value = values[i]; return typeof value === 'boolean' ? Number(value) : value; },
      cell: ({ values }) => { const value = values[i]; return <Known value={value === undefined || value === null ? null : valueText(value)} />; },
    })),
    ...(reports.length === 1 ? [] : [{ id: 'difference', title: storms.difference, number: true, width: 8, cell: ({ values }: Row) => differenceText(values) }]),
  ], [reports, language.value]);
  return <Card title={storms.figures}><Table label={storms.figures} rows={rows} columns={columns} rowKey={({ name }) => name} /></Card>;
}

interface Drawn { title: string; unit: string; logarithmic: boolean; at: number[]; lines: Line[]; marks: { at: number; text: string }[] }

/** The plots of one; of two, those with the same title in one picture. */
function drawnOf(reports: Report[]): Drawn[] {
  const { storms } = t().operator, whose = [storms.first, storms.second];
  const titles = [...new Set(reports.flatMap(({ plots }) => plots.map(({ title }) => title)))];
  return titles.map((title): Drawn => {
    const of = reports.map(({ plots }) => plots.find((plot) => plot.title === title)), some = of.find((plot) => plot !== undefined);
    const unit = some?.unit ?? '', logarithmic = some?.logarithmic ?? false;
    const seconds = Math.max(0, ...of.flatMap((plot) => plot?.lines.map(({ values }) => values.length) ?? []));
    const lines = of.flatMap((plot, i) => (plot?.lines ?? []).map(({ name, values }): Line => ({
      name: reports.length === 1 ? name : `${name} (${whose[i]})`, unit: { text: unit },
      values: Array.from({ length: seconds }, (_, second) => { const value = values[second] ?? null; return logarithmic && value !== null && value <= 0 ? null : value; }),
    })));
    const marks = reports.flatMap((report) => report.marks.map(({ second, what }) => ({ at: second, text: what })));
    return { title, unit, logarithmic, at: Array.from({ length: seconds }, (_, second) => second), lines, marks: reports.length === 1 ? marks : [] };
  });
}

function Plots({ reports }: { reports: Report[] }) {
  const { storms } = t().operator, drawn = useMemo(() => drawnOf(reports), [reports, language.value]);
  if (drawn.length === 0) return <p class="dim">{storms.nothingToPlot}</p>;
  return <div class="plots">{drawn.map(({ title, unit, ...more }) => <Plot key={title} label={unit === '' ? title : `${title} (${unit})`} over={storms.over} {...more} />)}</div>;
}

function Head({ report, name }: { report: Report; name: string | undefined }) {
  const { storms } = t().operator;
  return (
    <p>
      {name ? <strong>{name}: </strong> : null}<code>{report.storm}</code> <Instant at={report.started_at} />, {numberText(report.users)} {storms.users.toLowerCase()}.{' '}
      <span class={`chip ${report.ok ? 'good' : 'bad'}`}>{report.ok ? storms.isOk : storms.isNotOk}</span>
    </p>
  );
}

function Marks({ report }: { report: Report }) {
  const { storms } = t().operator;
  if (report.marks.length === 0) return null;
  return <Card title={storms.marks}><ul>{report.marks.map(({ second, what }) => <li key={`${second} ${what}`}>{storms.at} {numberText(second)}: {what}</li>)}</ul></Card>;
}

function Whole({ reports }: { reports: Report[] }) {
  const { storms } = t().operator;
  return (
    <>
      {reports.map((report, i) => <Head key={i} report={report} name={reports.length === 1 ? undefined : i === 0 ? storms.first : storms.second} />)}
      <Plots reports={reports} />
      {reports.length === 1 && reports[0] ? <Marks report={reports[0]} /> : null}
      <Figures reports={reports} />
    </>
  );
}

const pathOf = (id: string) => `/v1/operator/storm-reports/${encodeURIComponent(id)}`;
function Two({ first, second }: { first: Report; second: Report }) {
  const reports = useMemo(() => [first, second], [first, second]);
  return <Whole reports={reports} />;
}
function One({ report }: { report: Report }) {
  const reports = useMemo(() => [report], [report]);
  return <Whole reports={reports} />;
}

export default function StormPage({ id = '', other = '' }: { [name: string]: string }) {
  const { places, storms } = t().operator;
  const from = useResource<Report>(pathOf(id), { by: operator }), beside = useResource<Report>(other === '' ? null : pathOf(other), { by: operator });
  return (
    <Desk title={other === '' ? storms.one : storms.two} above={<p class="back"><a href="/app/operator/storms">{places.storms}</a></p>}>
      <Read from={from}>{(first) => (other === '' ? <One report={first} /> : <Read from={beside}>{(second) => <Two first={first} second={second} />}</Read>)}</Read>
    </Desk>
  );
}
