// What several pages read alike: assignments, results, and how an assignment stands for the reader.
import type { schemas } from '@bellwether/client';
import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, handedIn, me, now } from '../../api.js';
import { keep, kept } from '../../kept.js';
import { useResource } from '../../kit/resource.js';
import { attemptsOf, submissionsPath, type Attempt, type Recorded } from './attempts.js';

export type Assignment = schemas.Assignment;
export type OwnGradeRow = schemas.OwnGradeList['data'][number];

const dayMs = 86_400_000;
/** From a week ago on, by due instant. The address is another each day, and the copy on this device is not. */
export const useCurrentAssignments = () =>
  useResource<schemas.AssignmentPage>(`/v1/assignments?limit=100&due_from=${new Date(Math.floor(now() / dayMs - 7) * dayMs).toISOString()}`, { keptAs: '/v1/assignments current' });
export const useAllAssignments = () => useResource<schemas.AssignmentPage>('/v1/assignments', { pages: true });
export const useGrades = () => useResource<schemas.OwnGradeList>('/v1/grades', { pages: true });

/** By due instant, then by title. */
export const inOrder = (assignments: readonly Assignment[]): Assignment[] => [...assignments].sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at) || a.title.localeCompare(b.title));

/** In words: what is next for an assignment. `unknown`: nobody has told yet. */
export type Standing = 'unknown' | 'todo' | 'kept' | 'received' | 'recorded' | 'late' | 'refused' | 'marked';

const asksMax = 40;

/** What is recorded of each: told by `attempts_left` where attempts are limited, else asked, one at a time, and kept here. */
function useRecorded(assignments: readonly Assignment[]): Signal<ReadonlyMap<string, readonly Recorded[]>> {
  const found = useSignal<ReadonlyMap<string, readonly Recorded[]>>(new Map());
  const wanted = assignments.filter(({ attempts_limit, attempts_left }) => attempts_limit === null || attempts_left !== attempts_limit).slice(0, asksMax).map(({ assignment_id }) => assignment_id);
  const untouched = assignments.filter(({ attempts_limit, attempts_left }) => attempts_limit !== null && attempts_left === attempts_limit).map(({ assignment_id }) => assignment_id);
  useEffect(() => {
    let over = false;
    const user = me.peek()?.user_id;
    const tell = (id: string, rows: readonly Recorded[]) => { if (!over) found.value = new Map(found.peek()).set(id, rows); };
    void (async () => {
      for (const id of untouched) tell(id, []);
      if (user) for (const id of wanted) {
        const path = submissionsPath(id), copy = await kept(user, path);
        if (copy) tell(id, (copy.body as schemas.RecordedSubmissionPage).data);
      }
      for (const id of wanted) {
        if (over || !user) return;
        try {
          const { body } = await ask<schemas.RecordedSubmissionPage>({ method: 'GET', path: submissionsPath(id) });
          tell(id, body.data);
          void keep(user, submissionsPath(id), body, null, now());
        } catch { return; } // offline, or too much at this moment: it stays not known
      }
    })();
    return () => { over = true; };
  }, [wanted.join(), untouched.join()]);
  return found;
}

function standingOf(attempts: readonly Attempt[] | undefined, marked: boolean): Standing {
  if (marked) return 'marked';
  if (!attempts) return 'unknown';
  const [latest] = attempts;
  if (!latest) return 'todo';
  return latest.state === 'recorded' && latest.late ? 'late' : latest.state;
}

export function useStandings(assignments: readonly Assignment[], grades: readonly OwnGradeRow[]): (assignment: Assignment) => Standing {
  const recorded = useRecorded(assignments).value, entries = handedIn.value;
  const marked = new Set(grades.map(({ assignment_id }) => assignment_id));
  return ({ assignment_id }) => {
    const here = entries.filter((entry) => entry.assignment_id === assignment_id), rows = recorded.get(assignment_id);
    return standingOf(rows === undefined && here.length === 0 ? undefined : attemptsOf(here, rows ?? []), marked.has(assignment_id));
  };
}

/** Does the reader still have something to do there? */
export const isOpen = (standing: Standing): boolean => standing === 'todo' || standing === 'unknown' || standing === 'kept' || standing === 'refused';
export const over = ({ due_at, late_until }: Assignment, at: number): boolean => at >= Date.parse(due_at) && late_until !== null && at >= Date.parse(late_until);
