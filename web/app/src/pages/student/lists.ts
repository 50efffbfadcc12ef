// What several pages read alike: assignments, results, and how an assignment stands for the reader.
import type { schemas } from '@bellwether/client';
import { handedIn, now } from '../../api.js';
import { useResource, type Reading } from '../../kit/resource.js';
import { attemptsOf, type Attempt } from './attempts.js';

export type Assignment = schemas.Assignment;
export type OwnGradeRow = schemas.OwnGradeList['data'][number];

const dayMs = 86_400_000;
/** From `days` ago on, by due instant. The address is another each day, and the copy on this device is not. */
export const currentAssignments = (days: number): [path: string, reading: Reading] =>
  [`/v1/assignments?due_from=${new Date(Math.floor(now() / dayMs - days) * dayMs).toISOString()}`, { pages: true, keptAs: `/v1/assignments current ${days}` }];
export const useAllAssignments = () => useResource<schemas.AssignmentPage>('/v1/assignments', { pages: true });
export const useGrades = () => useResource<schemas.OwnGradeList>('/v1/grades', { pages: true });

/** By due instant, then by title. */
export const inOrder = (assignments: readonly Assignment[]): Assignment[] => [...assignments].sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at) || a.title.localeCompare(b.title));

/** In words: what is next for an assignment. `unknown`: nobody has told yet. */
export type Standing = 'unknown' | 'todo' | 'kept' | 'received' | 'recorded' | 'late' | 'refused' | 'marked';

function standingOf([latest]: readonly Attempt[], marked: boolean): Standing {
  if (marked) return 'marked';
  if (!latest) return 'todo';
  return latest.state === 'recorded' && latest.late ? 'late' : latest.state;
}

/** From the server's record of the latest, what is on this device, and the grades. */
export function useStandings(grades: readonly OwnGradeRow[]): (assignment: Assignment) => Standing {
  const entries = handedIn.value, marked = new Set(grades.map(({ assignment_id }) => assignment_id));
  return ({ assignment_id, latest_submission: latest }) => {
    const here = entries.filter((entry) => entry.assignment_id === assignment_id);
    if (latest === undefined && here.length === 0 && !marked.has(assignment_id)) return 'unknown'; // a copy that was kept before the server said it
    return standingOf(attemptsOf(here, latest ? [latest] : []), marked.has(assignment_id));
  };
}

/** Does the reader still have something to do there? */
export const isOpen = (standing: Standing): boolean => standing === 'todo' || standing === 'unknown' || standing === 'kept' || standing === 'refused';
export const over = ({ due_at, late_until }: Assignment, at: number): boolean => at >= Date.parse(due_at) && late_until !== null && at >= Date.parse(late_until);
