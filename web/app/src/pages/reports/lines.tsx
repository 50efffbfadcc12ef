// A report's lines as a table: each kind of column in its own way, in the reader's words.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { has } from '../../api.js';
import { figureText } from '../../kit/figure.js';
import { useResource } from '../../kit/resource.js';
import { Known, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { dayText, Instant } from '../../kit/time.js';
import { fullName } from '../teacher/data.js';
import { language, numberText, t } from '../../text/index.js';
import { classTitle, codeText, columnTitle, linesOf, numberOf, titleOf, useReport, wordOf, type Cell, type Line, type Report, type ReportColumn, type SectionLine } from './data.js';

export const percentText = (value: number): string => numberText(value / 100, { style: 'percent', maximumFractionDigits: 1 });
const isPercent = (name: string) => /(^|_)percent$/.test(name);
/** Missing where nobody has a grade. */
export const isGrade = (name: string): boolean => name === 'percent' || name === 'average_percent' || name === 'recent_percent';
/** Of a report's own words, not of people's: they have a translation. */
const isCode = (name: string) => name === 'state' || name === 'reasons';

/** Whoever is in a line, by name; null: hidden. */
export function personText(of: Report, user: Cell): string {
  if (typeof user !== 'string') return t().reports.hiddenPerson;
  const person = of.people[user];
  return person ? fullName(person) : t().teacher.formerStudent;
}
function Person({ of, user }: { of: Report; user: Cell }) {
  const name = personText(of, user);
  return typeof user === 'string' && of.people[user] && has('administrator') ? <a href={`/app/people/${user}`}>{name}</a> : <>{name}</>;
}

export function Codes({ of }: { of: string }) {
  return <>{of.split(',').filter((code) => code !== '').map((code) => <span key={code}><span class={`chip ${code === 'handed_in' || code === 'recorded' ? 'good' : code === 'missing' || code === 'refused' || code === 'stopped' ? 'bad' : ''}`}>{codeText(code)}</span> </span>)}</>;
}

/** An assignment by its title, where the line has one. */
export const AssignmentLink = ({ line }: { line: Line }) => <a href={`/app/teaching/assignments/${wordOf(line, 'assignment_id')}`}>{wordOf(line, 'title') || t().reports.theAssignment}</a>;

const widths: Partial<Record<ReportColumn['kind'], number>> = { user: 11, section: 10, assignment: 11, submission: 5, instant: 8, day: 8, text: 11, boolean: 5.5, integer: 6.25, number: 6.25 };
const isFigure = ({ kind }: ReportColumn) => kind === 'integer' || kind === 'number';

interface Around { of: Report; classes: readonly SectionLine[] | undefined; titles: ReadonlyMap<string, string> }

function cellOf({ name, kind }: ReportColumn, line: Line, { of, classes, titles }: Around): ComponentChildren {
  const value = line[name] ?? null;
  if (kind === 'user') return <Person of={of} user={value} />;
  if (name === 'title' && 'assignment_id' in line) return <AssignmentLink line={line} />;
  if (value === null) return name === 'reason' ? null : of.suppressed > 0 && of.columns.every((each) => !isFigure(each) || line[each.name] === null) ? <span class="missing">{t().reports.hidden}</span> : isGrade(name) ? <span class="missing">{t().reports.noGrade}</span> : <Known value={null} />;
  if (typeof value === 'boolean') return figureText(value);
  if (typeof value === 'number') return isPercent(name) ? percentText(value) : numberText(value, { maximumFractionDigits: 1 });
  switch (kind) {
    case 'instant': return <Instant at={value} />;
    case 'day': return <time dateTime={value} data-varies="30 Nov 2026">{dayText(value)}</time>;
    case 'section': return <a href={`/app/teaching/${value}`}>{classTitle(classes, value) ?? t().reports.aClass}</a>;
    case 'assignment': return <a href={`/app/teaching/assignments/${value}`}>{titles.get(value) ?? t().reports.theAssignment}</a>;
    case 'submission': return <code class="small" title={value} dir="ltr" data-varies="…0000">…{value.slice(-4)}</code>;
    default: return isCode(name) ? <Codes of={value} /> : name === 'reason' ? codeText(value) : value;
  }
}

function sortKey({ name, kind }: ReportColumn, line: Line, { of, classes, titles }: Around): string | number | null {
  const value = line[name] ?? null;
  if (kind === 'user') return personText(of, value);
  if (kind === 'section') return classTitle(classes, String(value)) ?? null;
  if (kind === 'assignment') return titles.get(String(value)) ?? null;
  return typeof value === 'boolean' ? Number(value) : value;
}

/** What has its name in another column is told by that one, and a class that was asked for is not told in every line. The long names of submissions come last. */
function told(columns: readonly ReportColumn[], ofOneClass: boolean): readonly ReportColumn[] {
  const has = (name: string) => columns.some((one) => one.name === name);
  const left = columns.filter(({ name, kind }) => !(name === 'assignment_id' && has('title')) && !(name === 'school_id' && has('school')) && !(kind === 'section' && ofOneClass));
  return [...left.filter(({ kind }) => kind !== 'submission'), ...left.filter(({ kind }) => kind === 'submission')];
}

/** Of assignments that a report names by id alone, as far as they are known here. */
function useTitles({ columns }: Report, section: string | undefined): ReadonlyMap<string, string> {
  const wanted = columns.some(({ kind }) => kind === 'assignment') && !columns.some(({ name }) => name === 'title');
  const ofClass = useReport(wanted && section ? `/v1/reports/class_progress?section=${section}` : null).data.value;
  const own = useResource<{ data: { assignment_id: string; title: string }[] }>(wanted && !section && has('teacher') ? '/v1/assignments' : null, { pages: true }).data.value;
  return useMemo(() => new Map(ofClass ? linesOf(ofClass).map((line) => [wordOf(line, 'assignment_id'), wordOf(line, 'title')]) : (own?.data ?? []).map(({ assignment_id, title }) => [assignment_id, title])), [ofClass, own]);
}

export function Lines({ of, classes, section }: { of: Report; classes: readonly SectionLine[] | undefined; section: string | undefined }) {
  const lines = useMemo(() => (of.report_id === 'class_progress' ? [...linesOf(of)].reverse() : linesOf(of)), [of]), titles = useTitles(of, section); // the newest first, as its picture
  const columns = useMemo(() => told(of.columns, section !== undefined).map((column): Column<Line> => {
    const { name, kind, about } = column, number = isFigure(column), meaning = (t().reports.meanings as Record<string, string>)[name], around = { of, classes, titles };
    return {
      id: name, title: columnTitle(name), width: name === 'title' ? 14 : name === 'state' ? 8 : name === 'reasons' ? 12.5 : widths[kind] ?? 5.5, wrap: !number && kind !== 'submission', number,
      cell: (line) => cellOf(column, line, around), by: (line) => sortKey(column, line, around),
      ...(meaning ? { meaning } : about && !(name in t().reports.columns) ? { meaning: <ServerWords text={about} /> } : {}),
    };
  }), [of, classes, titles, section, language.value]);
  const keyed = useMemo(() => new Map(lines.map((line, place) => [line, String(place)])), [lines]);
  return <div class="report-lines"><Table label={titleOf(of.report_id, of.title)} rows={lines} columns={columns} rowKey={(line) => keyed.get(line) ?? ''} empty={t().reports.noLines} /></div>;
}

// ---- the gradebook: students below each other, assignments beside each other ----

interface BookRow { user: Cell; name: string; of: ReadonlyMap<string, Line> }
function bookOf(of: Report): { assignments: readonly { id: string; title: string; due: string }[]; rows: readonly BookRow[] } {
  const assignments = new Map<string, { id: string; title: string; due: string }>(), rows = new Map<Cell, { user: Cell; name: string; of: Map<string, Line> }>();
  for (const line of linesOf(of)) {
    const id = wordOf(line, 'assignment_id'), user = line['user_id'] ?? null, row = rows.get(user) ?? { user, name: personText(of, user), of: new Map<string, Line>() };
    const due = wordOf(line, 'due_at'), before = assignments.get(id);
    if (!before || due < before.due) assignments.set(id, { id, title: wordOf(line, 'title'), due });
    row.of.set(id, line);
    rows.set(user, row);
  }
  const { compare } = new Intl.Collator(language.peek());
  return { assignments: [...assignments.values()].sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : 0)), rows: [...rows.values()].sort((a, b) => compare(a.name, b.name)) };
}

function BookCell({ line }: { line: Line | undefined }) {
  if (!line) return null;
  const percent = numberOf(line, 'percent'), state = wordOf(line, 'state');
  return <>{percent !== null ? <strong>{percentText(percent)}</strong> : null}{percent !== null && state === 'handed_in' ? null : <> <span class={state === 'missing' ? 'bad-text' : 'dim'}>{codeText(state)}</span></>}</>;
}

export function Gradebook({ of }: { of: Report }) {
  const book = useMemo(() => bookOf(of), [of, language.value]);
  const columns = useMemo<Column<BookRow>[]>(() => [
    { id: 'name', title: columnTitle('user_id'), width: 12, by: ({ name }) => name, cell: ({ user }) => <Person of={of} user={user} /> },
    ...book.assignments.map(({ id, title }): Column<BookRow> => ({
      id, title, width: 9, wrap: true, by: (row) => { const line = row.of.get(id); return line ? numberOf(line, 'percent') : null; }, cell: (row) => <BookCell line={row.of.get(id)} />,
    })),
  ], [book, language.value]);
  return <Table label={titleOf(of.report_id, of.title)} rows={book.rows} columns={columns} rowKey={({ user }) => String(user)} empty={t().reports.noLines} />;
}
