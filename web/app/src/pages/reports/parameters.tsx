// What a report is asked about: a form whose answers stand in the page's address.
import { signal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useMemo } from 'preact/hooks';
import { Button, Choice, Field } from '../../kit/form.js';
import { t } from '../../text/index.js';
import { addressOf, linesOf, useReport, wordOf, type ReportKind, type SectionLine } from './data.js';

export type Given = Readonly<Record<string, string | undefined>>;

/** Of what the address says, what the report takes. */
export const argumentsOf = (kind: ReportKind, given: Given): Record<string, string> => Object.fromEntries(kind.parameters.flatMap(({ name }) => (given[name] ? [[name, given[name] as string]] : [])));
/** What the server is asked; undefined: something that the report needs is missing. */
export function requestOf(kind: ReportKind, given: Given): string | undefined {
  if (kind.parameters.some(({ name, required }) => required && !given[name])) return undefined;
  const query = new URLSearchParams(argumentsOf(kind, given)).toString();
  return `/v1/reports/${kind.report_id}${query === '' ? '' : `?${query}`}`;
}

type Options = readonly (readonly [string, string])[];
/** What the address names is in the choice, also before its name is here. */
const withChosen = (options: Options, value: string): Options => (value === '' || options.some(([id]) => id === value) ? options : [[value, '…'], ...options]);

/** A class's assignments as the reports know them, the newest first. */
function useAssignments(section: string): Options {
  const { data } = useReport(section === '' ? null : `/v1/reports/class_progress?section=${encodeURIComponent(section)}`);
  return data.value ? linesOf(data.value).map((line) => [wordOf(line, 'assignment_id'), wordOf(line, 'title')] as const).reverse() : [];
}

/** Anew for each address: `key`. */
export function Parameters({ of, given, classes }: { of: ReportKind; given: Given; classes: readonly SectionLine[] | undefined }) {
  const { reports: words } = t(), { route } = useLocation();
  const typed = useMemo(() => ({ section: signal(given['section'] ?? ''), assignment: signal(given['assignment'] ?? ''), from: signal(given['from'] ?? ''), until: signal(given['until'] ?? '') }), []);
  const { section, assignment, from, until } = typed;
  const takes = (name: string) => of.parameters.find((one) => one.name === name), byClass = takes('section'), byAssignment = takes('assignment');
  const assignments = useAssignments(byAssignment ? section.value : '');
  if (of.parameters.length === 0) return null;
  const show = () => {
    const other = assignments.length > 0 && !assignments.some(([id]) => id === assignment.value); // of the class that was chosen before
    route(addressOf(of.report_id, { section: section.value, assignment: other ? '' : assignment.value, from: from.value, until: until.value }));
  };
  const first = (required: boolean | undefined, all: string) => [['', required ? words.choose : all]] as Options;
  return (
    <form class="asked" aria-label={words.asked} noValidate onSubmit={(event) => { event.preventDefault(); show(); }}>
      {byClass || byAssignment ? (
        <Choice label={words.class} value={section}
          options={[...first(byClass?.required ?? byAssignment?.required, words.allClasses), ...withChosen((classes ?? []).map(({ section_id, title }) => [section_id, title] as const), section.value)]} />
      ) : null}
      {byAssignment ? <Choice label={words.assignment} value={assignment} options={[...first(byAssignment.required, words.allAssignments), ...withChosen(assignments, assignment.value)]} /> : null}
      {takes('from') ? <Field type="date" label={words.from} value={from} /> : null}
      {takes('until') ? <Field type="date" label={words.until} value={until} /> : null}
      <div class="actions"><Button type="submit">{words.show}</Button></div>
      {takes('from') ? <p class="hint">{of.report_id === 'submission_audit' ? words.lastWeek : words.lastWeeks}</p> : null}
    </form>
  );
}
