// What of a report is seen at a glance: bars, columns or lines above its table.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { Bars, Columns, type Part } from '../../kit/bars.js';
import { Figure } from '../../kit/figure.js';
import { Plot, type Line as Drawn } from '../../kit/plot.js';
import { Instant } from '../../kit/time.js';
import { language, numberText, t } from '../../text/index.js';
import { columnTitle, linesOf, numberOf, wordOf, type Line, type Report } from './data.js';
import { AssignmentLink, isGrade, percentText } from './lines.js';

type Picture = (given: { of: Report; lines: readonly Line[] }) => ComponentChildren;
const barsMost = 40; // more are a wall of bars; the table has all
const plain = { text: '' };

const fills = { onTime: 'full', late: 'hatched', missing: 'dotted', open: 'empty', marked: 'full', waiting: 'hatched' } as const;
const partsOf = (...names: (keyof typeof fills)[]): Part[] => names.map((name) => ({ name: t().reports.pictures[name], fill: fills[name] }));

/** The newest at the top, as many as one looks at. */
const newest = (lines: readonly Line[]) => [...lines].reverse().slice(0, barsMost);
const difference = (whole: number | null, part: number | null) => (whole === null || part === null ? null : Math.max(0, whole - part));

const Progress: Picture = ({ lines }) => {
  const { pictures } = t().reports;
  const bars = newest(lines).map((line) => {
    const [students, on_time, late, missing, average] = ['students', 'on_time', 'late', 'missing', 'average_percent'].map((name) => numberOf(line, name)) as [number, number, number, number, number | null];
    return {
      key: wordOf(line, 'assignment_id'), name: <AssignmentLink line={line} />, values: [on_time, late, missing, Math.max(0, students - on_time - late - missing)],
      more: <><Instant at={wordOf(line, 'due_at')} />{average === null ? '' : ` · ${pictures.average(percentText(average))}`}</>,
    };
  });
  return <Bars label={pictures.progress} parts={partsOf('onTime', 'late', 'missing', 'open')} bars={bars} />;
};

/** Steps of five percent; those of all assignments first, where there are several. */
const Distribution: Picture = ({ lines }) => {
  const { pictures } = t().reports, distributions = new Map<string, { title: string; steps: number[] }>(), all = Array<number>(20).fill(0);
  for (const line of lines) {
    const id = wordOf(line, 'assignment_id'), one = distributions.get(id) ?? { title: wordOf(line, 'title'), steps: Array<number>(20).fill(0) }, step = (numberOf(line, 'from_percent') ?? 0) / 5;
    one.steps[step] = numberOf(line, 'students') ?? 0;
    all[step] = (all[step] ?? 0) + (numberOf(line, 'students') ?? 0);
    distributions.set(id, one);
  }
  const shown = [...distributions.entries()].reverse().slice(0, 8);
  const drawn = (key: string, label: string, steps: readonly number[]) => {
    const sum = steps.reduce((one, other) => one + other, 0), peak = steps.indexOf(Math.max(...steps)), name = (step: number) => pictures.step(numberText(step * 5), numberText(step * 5 + 5));
    return (
      <Columns key={key} label={label} counted={columnTitle('students')} over={pictures.percent} scale={[0, 25, 50, 75, 100].map((percent) => percentText(percent))}
        columns={steps.map((value, step) => ({ name: name(step), value }))} summary={pictures.distribution(sum, numberText(sum), name(peak), numberText(steps[peak] ?? 0))} />
    );
  };
  return (
    <>
      {distributions.size > 1 ? drawn('all', pictures.allAssignments, all) : null}
      <div class="plots">{shown.map(([id, { title, steps }]) => drawn(id, title, steps))}</div>
    </>
  );
};

/** What the counted columns mean, where that is not plain. */
function Meant({ of }: { of: Report }) {
  const { meanings } = t().reports, said = of.columns.filter(({ name }) => name in meanings);
  return said.length > 0 ? <dl class="facts small meant">{said.map(({ name }) => <><dt>{columnTitle(name)}</dt><dd>{(meanings as Record<string, string>)[name]}</dd></>)}</dl> : null;
}

/** Whatever is counted each day. */
const Days: Picture = ({ of, lines }) => {
  const at = useMemo(() => lines.map((line) => Date.parse(`${wordOf(line, 'day')}T00:00:00Z`)), [lines]);
  const groups = useMemo(() => {
    const counted = of.columns.filter(({ kind }) => kind === 'integer' || kind === 'number').map(({ name }): Drawn => ({ name: columnTitle(name), unit: plain, values: lines.map((line) => numberOf(line, name)) }));
    // Lines of another order of size would lie on the ground beside the others: they have a plot of their own.
    const most = ({ values }: Drawn) => Math.max(0, ...values.map((value) => value ?? 0)), top = Math.max(...counted.map(most));
    const large = counted.filter((line) => most(line) * 8 >= top), small = counted.filter((line) => !large.includes(line));
    return [large, small].filter((some) => some.length > 0);
  }, [of, lines, language.value]);
  return (
    <>
      <div class="plots">{groups.map((some) => <Plot key={some.map(({ name }) => name).join()} label={t().reports.pictures.perDay(some.map(({ name }) => name))} at={at} days lines={some} />)}</div>
      <Meant of={of} />
    </>
  );
};

const hourMs = 3_600_000, hoursMost = 2000;
/** Hours in which nothing came are no lines of the report, and are drawn. */
const Timeline: Picture = ({ lines }) => {
  const { pictures } = t().reports;
  const { at, counts, sums } = useMemo(() => {
    const came = new Map(lines.map((line) => [Date.parse(wordOf(line, 'hour')), line])), known = [...came.keys()], first = (known[0] ?? 0) - hourMs, last = known.at(-1) ?? 0;
    const hours = (last - first) / hourMs > hoursMost ? known : Array.from({ length: (last - first) / hourMs + 2 }, (_, i) => first + i * hourMs);
    const count = (name: string) => hours.map((hour) => { const line = came.get(hour); return line ? numberOf(line, name) : 0; });
    let so_far = 0;
    return { at: hours, counts: ['submissions', 'late'].map((name): Drawn => ({ name: columnTitle(name), unit: plain, values: count(name) })),
      sums: [{ name: columnTitle('students_so_far'), unit: plain, values: hours.map((hour) => { const line = came.get(hour); return so_far = (line ? numberOf(line, 'students_so_far') : so_far) ?? so_far; }) }] };
  }, [lines, language.value]);
  return (
    <div class="plots">
      <Plot label={pictures.perHour} at={at} lines={counts} />
      <Plot label={pictures.soFar} at={at} lines={sums} />
    </div>
  );
};

/** How many of each assignment; the table says who. */
const LateAndMissing: Picture = ({ lines }) => {
  const { pictures } = t().reports, of = new Map<string, { line: Line; late: number; missing: number }>();
  for (const line of lines) {
    const id = wordOf(line, 'assignment_id'), one = of.get(id) ?? { line, late: 0, missing: 0 };
    if (line['state'] === 'late') one.late += 1; else one.missing += 1;
    of.set(id, one);
  }
  const bars = [...of.entries()].slice(0, barsMost).map(([key, { line, late, missing }]) => ({ key, name: <AssignmentLink line={line} />, values: [late, missing] }));
  return <Bars label={pictures.lateAndMissing} parts={partsOf('late', 'missing')} bars={bars} />;
};

const Backlog: Picture = ({ lines }) => {
  const { pictures } = t().reports;
  return <Bars label={pictures.backlog} parts={partsOf('marked', 'waiting')} bars={lines.slice(0, barsMost).map((line) => ({
    key: wordOf(line, 'assignment_id'), name: <AssignmentLink line={line} />, more: <Instant at={wordOf(line, 'due_at')} />, values: [difference(numberOf(line, 'handed_in'), numberOf(line, 'waiting')), numberOf(line, 'waiting')],
  }))} />;
};

const Overview: Picture = ({ of, lines: [line] }) => {
  const { pictures, meanings, noGrade } = t().reports;
  if (!line) return null;
  const [expected, handed_in, on_time, missing] = ['expected', 'handed_in', 'on_time', 'missing'].map((name) => numberOf(line, name)) as [number | null, number | null, number | null, number | null];
  return (
    <>
      <dl class="figures tiles">{of.columns.map(({ name, about }) => <Figure key={name} name={columnTitle(name)} value={line[name]} instead={of.suppressed > 0 || name.startsWith('active_people') ? pictures.untold : isGrade(name) ? noGrade : undefined} meaning={(meanings as Record<string, string>)[name] ?? (about || columnTitle(name))} />)}</dl>
      {expected ? <Bars label={pictures.due} parts={partsOf('onTime', 'late', 'missing', 'open')}
        bars={[{ key: 'all', name: pictures.expected(numberText(expected)), values: [on_time, difference(handed_in, on_time), missing, difference(difference(expected, handed_in), missing)] }]} /> : null}
    </>
  );
};

const Schools: Picture = ({ lines }) => {
  const { pictures } = t().reports;
  return <Bars label={pictures.schools} most={100} say={percentText} untold={pictures.untold} parts={partsOf('onTime', 'late', 'missing')} bars={lines.slice(0, barsMost).map((line) => ({
    key: wordOf(line, 'school_id'), name: wordOf(line, 'school'), values: [numberOf(line, 'on_time_percent'), difference(numberOf(line, 'handed_in_percent'), numberOf(line, 'on_time_percent')), numberOf(line, 'missing_percent')],
    more: (() => { const average = numberOf(line, 'average_percent'); return average === null ? null : pictures.average(percentText(average)); })(),
  }))} />;
};

const pictures: Readonly<Record<string, Picture>> = {
  class_progress: Progress, grade_distribution: Distribution, engagement_by_day: Days, sign_in_activity: Days, usage: Days, assignment_timeline: Timeline,
  late_and_missing: LateAndMissing, marking_backlog: Backlog, institution_overview: Overview, school_comparison: Schools,
};
export const hasPicture = ({ report_id }: Report): boolean => report_id in pictures;
/** One line of figures, or what is drawn with its own table: nothing is left to say in the page. */
export const isAllInPicture = (of: Report): boolean => of.report_id === 'institution_overview' || hasTable(of);
const hasTable = ({ report_id }: Report): boolean => [Days, Timeline, Distribution].includes(pictures[report_id] as Picture);
/** What stands on paper in the place of those tables, which nobody can open there; undefined: nothing. Steps without a grade are as many as those with one, and say nothing. */
export function onPaper(of: Report): Report | undefined {
  if (!hasTable(of)) return undefined;
  const students = pictures[of.report_id] === Distribution ? of.columns.findIndex(({ name }) => name === 'students') : -1;
  return students < 0 ? of : { ...of, rows: of.rows.filter((row) => row[students] !== 0) };
}

export function Seen({ of }: { of: Report }) {
  const Drawn = pictures[of.report_id], lines = useMemo(() => linesOf(of), [of]);
  return Drawn ? <Drawn of={of} lines={lines} /> : null;
}
