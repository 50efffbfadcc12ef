// Which works a marker wants to see, and which comes next.
import type { WorkLine } from './data.js';

export const filters = ['todo', 'draft', 'done', 'released', 'regrade', 'nothing', 'all'] as const;
export type Filter = (typeof filters)[number];

/** Handed in, and this marker's part of it is not begun. */
export const isToMark = ({ handed_in, lane, state, own_mark }: WorkLine) =>
  handed_in && lane === 'marking' && state !== 'ready' && (own_mark === null || state === 'differs');
/** Begun by this marker, or with one marker by a colleague. */
const isDraft = ({ own_mark, state }: WorkLine) => own_mark === 'draft' || (own_mark === null && state === 'being_marked');

const fits: Record<Filter, (work: WorkLine) => boolean> = {
  todo: (work) => isToMark(work) && !isDraft(work),
  draft: isDraft,
  done: (work) => work.lane === 'marking' && !isDraft(work) && (work.state === 'ready' || work.own_mark === 'done') && work.state !== 'differs',
  released: ({ lane }) => lane === 'released',
  regrade: ({ lane }) => lane === 'regrade',
  nothing: ({ handed_in, own_mark, lane }) => !handed_in && own_mark === null && lane === 'marking',
  all: () => true,
};
export const shownBy = (works: readonly WorkLine[], filter: Filter) => works.filter(fits[filter]);
export const filterIn = (query: Record<string, string | undefined>): Filter => filters.find((one) => one === query['show']) ?? 'todo';

/** Ready, and not what the student was told. */
export const isReleasable = ({ state, points, released_points }: WorkLine) => state === 'ready' && points !== released_points;
export const changesGrade = (work: WorkLine) => isReleasable(work) && work.released_points !== null;

/** Behind (or before) one in the list, of those that the filter shows; the order stands still while the list is worked on. */
export function neighbour(works: readonly WorkLine[], work_id: string, filter: Filter, step: 1 | -1): WorkLine | undefined {
  const at = works.findIndex((work) => work.work_id === work_id);
  for (let i = at + step; i >= 0 && i < works.length; i += step) {
    const work = works[i] as WorkLine;
    if (fits[filter](work)) return work;
  }
  return undefined;
}

/** As it is once this marker's word is kept, before the list is read again. */
export function savedOf(work: WorkLine, done: boolean, two: boolean): WorkLine {
  const begun = work.state === 'unmarked' || work.state === 'being_marked' || (!two && work.state === 'ready');
  if (!done) return { ...work, own_mark: 'draft', ...(begun && { state: 'being_marked', points: null }) };
  return { ...work, own_mark: 'done', state: !two || work.state === 'differs' ? 'ready' : begun ? 'waiting_for_second' : work.state };
}
