// What a teacher's pages read, by the types of the server's document.
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import { useResource } from '../../kit/resource.js';
import { t } from '../../text/index.js';

export type Assignment = schemas.Assignment;
export type Student = schemas.SectionAccounts['data'][number];
export type WorkLine = schemas.WorkPage['data'][number];
export type List<T> = { data: T[]; next: string | null };

export const useAssignment = (id: string) => useResource<Assignment>(`/v1/assignments/${id}`);
export const useStudents = (section: string | undefined) => useResource<schemas.SectionAccounts>(section === undefined ? null : `/v1/sections/${section}/accounts`);
export const useWorks = (assignment: string, everyMs?: number) => useResource<List<WorkLine>>(`/v1/assignments/${assignment}/works`, { pages: true, ...(everyMs !== undefined && { everyMs }) });
/** 404 until somebody has said how the assignment is marked. */
export const useMarking = (assignment: string) => useResource<schemas.Marking>(`/v1/assignments/${assignment}/marking`);

const dayMs = 86_400_000;
/** Of assignments by due instant: the newest that are due within a day or have been in the last 30. What comes in to each is asked for apart. */
export const latelyDue = (assignments: readonly Assignment[], most: number): Assignment[] =>
  assignments.filter(({ due_at }) => Date.parse(due_at) < now() + dayMs && Date.parse(due_at) > now() - 30 * dayMs).slice(-most);

export const etagOf = (version: number | string) => `"${version}"`;
export const fullName = ({ given_name, family_name }: { given_name: string; family_name: string }) => `${given_name} ${family_name}`;

const named = new WeakMap<readonly Student[], Map<string, string>>();
/** By id, in the list's order; two of one name are told apart by their user names. */
function namesOf(students: readonly Student[]): Map<string, string> {
  const known = named.get(students);
  if (known) return known;
  const counts = new Map<string, number>();
  for (const student of students) counts.set(fullName(student), (counts.get(fullName(student)) ?? 0) + 1);
  const names = new Map(students.map((student) => [student.user_id, (counts.get(fullName(student)) ?? 0) > 1 ? `${fullName(student)} (${student.username})` : fullName(student)]));
  named.set(students, names);
  return names;
}
/** What a student is called; whoever has left the section has no name here. */
export const nameOf = (students: readonly Student[] | undefined, user: string): string => (students && namesOf(students).get(user)) ?? t().teacher.formerStudent;

/** A work's name: its student's, or where that is hidden its own, the same for all markers. */
export const workName = ({ work_id, user_id }: { work_id: string; user_id: string | null }, students: readonly Student[] | undefined) =>
  user_id === null ? t().teacher.pseudonym(work_id.slice(-4).toUpperCase()) : nameOf(students, user_id);

/** By name, as far as names are told; the others by their codes. */
export function inOrder(works: readonly WorkLine[], students: readonly Student[] | undefined): WorkLine[] {
  const places = new Map([...(students ? namesOf(students).keys() : [])].map((user, place) => [user, place]));
  const placeOf = ({ user_id }: WorkLine) => (user_id === null ? undefined : places.get(user_id)) ?? Infinity;
  return [...works].sort((a, b) => (placeOf(a) === placeOf(b) ? 0 : placeOf(a) - placeOf(b)));
}

// ---- instants in fields: the device's wall time, as people say it ----

const two = (n: number) => String(n).padStart(2, '0');
export function fieldOf(instant: string | null | undefined): string {
  if (!instant) return '';
  const at = new Date(instant);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
/** undefined: none, or not one. */
export function instantOf(field: string): string | undefined {
  const at = new Date(field);
  return field === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
