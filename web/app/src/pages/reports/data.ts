// What reports are, as the server tells them, and how their pages read them.
import type { schemas } from '@bellwether/client';
import { ask, has, type ApiError } from '../../api.js';
import { theSession, useResource, type Asker, type Resource } from '../../kit/resource.js';
import { dayText } from '../../kit/time.js';
import { t } from '../../text/index.js';

export type Kind = 'integer' | 'number' | 'text' | 'boolean' | 'instant' | 'day' | 'user' | 'section' | 'assignment' | 'submission' | 'school';
export type Cell = string | number | boolean | null;
export interface ReportColumn { name: string; kind: Kind; about: string }
export interface ReportParameter { name: string; kind: Kind; required: boolean; about: string }
/** One of the catalogue. */
export interface ReportKind { report_id: string; title: string; about: string; made_from: 'rollups' | 'rows'; parameters: readonly ReportParameter[]; columns: readonly ReportColumn[] }
export interface Report {
  report_id: string; title: string; as_of: string; lag_seconds: number; stale: boolean; truncated: boolean; suppressed: number;
  columns: readonly ReportColumn[]; rows: readonly (readonly Cell[])[]; people: Readonly<Record<string, { given_name: string; family_name: string }>>;
}
/** A line by its columns' names. */
export type Line = Readonly<Record<string, Cell>>;
export const linesOf = ({ columns, rows }: Report): readonly Line[] => rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
export const numberOf = (line: Line, name: string): number | null => { const value = line[name]; return typeof value === 'number' ? value : null; };
export const wordOf = (line: Line, name: string): string => { const value = line[name]; return typeof value === 'string' ? value : ''; };

/** Reports may be away while all else goes on: then that is said soon, and not after many attempts. */
const soon: Asker = { ...theSession, ask: (request) => ask({ retryForMs: 1500, ...request }) };
/** Why reports do not come, where nothing is wrong with what was asked. `none`: of the list of them, which is not found where nobody makes any. */
export type Trouble = 'away' | 'busy' | 'tooLong' | 'none';
export function troubleOf({ status, code }: ApiError, ofList = false): Trouble | undefined {
  if (status === 404) return ofList ? 'none' : undefined;
  if (status < 502 || status > 504) return undefined;
  return code === 'overloaded' ? 'busy' : code === 'deadline_exceeded' ? 'tooLong' : code === 'unavailable' ? 'away' : undefined;
}

export const useKinds = (): Resource<{ data: readonly ReportKind[] }> => useResource('/v1/reports', { by: soon });
export const useReport = (path: string | null, everyMs?: number): Resource<Report> => useResource<Report>(path, { by: soon, ...(everyMs !== undefined && { everyMs }) });

export type SectionLine = schemas.SectionLine;
/** The classes that the reader may ask about: a teacher's own, for administrators all. */
export function useClasses(): readonly SectionLine[] | undefined {
  const all = has('administrator'), { data } = useResource<{ data: SectionLine[] }>(all ? '/v1/sections?of=institution' : '/v1/sections', { pages: true });
  return data.value?.data.filter(({ roles }) => all || roles.includes('teacher'));
}
export const classTitle = (classes: readonly SectionLine[] | undefined, section: string): string | undefined => classes?.find(({ section_id }) => section_id === section)?.title;

/** What a report was asked about, in a line: the class, the assignment, the days. */
export function useAbout(given: Readonly<Record<string, string | undefined>>, classes: readonly SectionLine[] | undefined): string {
  const { reports } = t(), { section, assignment, from, until } = given;
  const one = useResource<schemas.Assignment>(assignment ? `/v1/assignments/${encodeURIComponent(assignment)}` : null).data.value, ofClass = section ?? one?.section_id;
  return [ofClass && (classTitle(classes, ofClass) ?? reports.aClass), one?.title, from && `${reports.from}: ${dayText(from)}`, until && `${reports.until}: ${dayText(until)}`].filter((part) => part).join(' · ');
}

// ---- the reader's words; where there are none the server's own ----

export const known = (id: string): { title: string; about: string } | undefined => (t().reports.known as Record<string, { title: string; about: string }>)[id];
export const titleOf = (id: string, servers: string): string => known(id)?.title ?? servers;
const humanly = (name: string) => { const words = name.replace(/_id$/, '').replaceAll('_', ' '); return words.charAt(0).toUpperCase() + words.slice(1); };
export const columnTitle = (name: string): string => (t().reports.columns as Record<string, string>)[name] ?? humanly(name);
/** Of a word that a report says in its own language of codes: a state, a reason. */
export const codeText = (code: string): string => (t().reports.codes as Record<string, string>)[code] ?? humanly(code).toLowerCase();

/** The address of a report's page with what it is about. */
export function addressOf(id: string, given: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams(Object.entries(given).filter((one): one is [string, string] => one[1] !== undefined && one[1] !== '')).toString();
  return `/app/reports/${id}${query === '' ? '' : `?${query}`}`;
}
