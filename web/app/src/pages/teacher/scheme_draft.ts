// How an assignment is marked, as its editor's fields hold it, and as the server wants it. Pure.
import type { schemas } from '@bellwether/client';
import { numberText, t } from '../../text/index.js';
import type { Assignment } from './data.js';

export type SchemeKind = 'points' | 'rubric' | 'key';
export interface LevelDraft { id: string; title: string; points: string }
export interface CriterionDraft { id: string; title: string; description: string; points: string; levels: LevelDraft[] }
export interface QuestionDraft {
  id: string;
  kind: 'choice' | 'number' | 'text';
  points: string;
  choices: { text: string; points: string }[];
  number: string;
  tolerance: string;
  /** One a line. */
  accepted: string;
  exact: boolean;
  byHand: boolean;
  /** What the fields do not show. */
  rest: Record<string, unknown>;
}
export interface SchemeDraft {
  kind: SchemeKind;
  pointsMax: string;
  criteria: CriterionDraft[];
  questions: QuestionDraft[];
  counts: 'latest' | 'best';
  anonymous: boolean;
  tolerance: string; // empty: one marks
  regradeDays: string; // empty: not at all
}

const taken = (ids: readonly { id: string }[], id: string) => ids.some((one) => one.id === id);
/** "c1", "c2": the first that is free. */
export function freeId(prefix: string, ids: readonly { id: string }[]): string {
  let n = ids.length + 1;
  while (taken(ids, `${prefix}${n}`)) n += 1;
  return `${prefix}${n}`;
}
export const newCriterion = (list: readonly CriterionDraft[]): CriterionDraft => ({ id: freeId('c', list), title: '', description: '', points: '', levels: [] });
export const newQuestion = (list: readonly QuestionDraft[]): QuestionDraft => ({ id: freeId('q', list), kind: 'choice', points: '1', choices: [{ text: '', points: '1' }, { text: '', points: '' }],
  number: '', tolerance: '', accepted: '', exact: false, byHand: false, rest: {} });

interface Key { id: string; points: number; credit?: { choice: string; points: number }[]; number?: number; tolerance?: number; accepted?: string[]; exact?: boolean; by_hand?: boolean }
interface Question { id: string; kind: string; choices?: string[]; [more: string]: unknown }
function questionDraft({ id, kind, choices = [], ...rest }: Question, key: Key | undefined): QuestionDraft {
  const worth = (choice: string) => key?.credit?.find((one) => one.choice === choice)?.points;
  return { id, kind: kind as QuestionDraft['kind'], points: key ? String(key.points) : '1', choices: choices.map((text) => ({ text, points: worth(text) === undefined ? '' : String(worth(text)) })),
    number: key?.number === undefined ? '' : String(key.number), tolerance: key?.tolerance ? String(key.tolerance) : '', accepted: key?.accepted?.join('\n') ?? '',
    exact: key?.exact ?? false, byHand: key?.by_hand ?? false, rest };
}

export function draftOf(marking: schemas.Marking | undefined, assignment: Assignment): SchemeDraft {
  const questions = (assignment.questions ?? []) as unknown as Question[], key = (marking?.answer_key ?? []) as unknown as Key[];
  return {
    kind: marking?.answer_key || (!marking && questions.length > 0) ? 'key' : marking?.criteria ? 'rubric' : 'points',
    pointsMax: String(marking?.points_max ?? 10),
    criteria: (marking?.criteria ?? []).map(({ id, title, description = '', points_max, levels = [] }) => ({ id, title, description, points: String(points_max),
      levels: levels.map((level) => ({ id: level.id, title: level.title, points: String(level.points) })) })),
    questions: questions.map((question) => questionDraft(question, key.find(({ id }) => id === question.id))),
    counts: marking?.counts ?? 'latest',
    anonymous: marking?.anonymous ?? false,
    tolerance: marking?.second_marking_tolerance == null ? '' : String(marking.second_marking_tolerance),
    regradeDays: marking?.regrade_days == null ? '' : String(marking.regrade_days),
  };
}

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
const numberIn = (text: string) => Number(text.trim().replace(',', '.'));

function keyOf({ id, kind, points, choices, number, tolerance, accepted, exact, byHand }: QuestionDraft) {
  const worth = { id, points: numberIn(points) };
  if (byHand) return { ...worth, by_hand: true };
  if (kind === 'number') return { ...worth, number: numberIn(number), ...(tolerance.trim() !== '' && { tolerance: numberIn(tolerance) }) };
  if (kind === 'text') return { ...worth, accepted: lines(accepted), ...(exact && { exact }) };
  return { ...worth, credit: choices.filter(({ points: credit }) => credit.trim() !== '').map((choice) => ({ choice: choice.text, points: numberIn(choice.points) })) };
}

export function changeOf(draft: SchemeDraft): schemas.MarkingChange {
  const rules = { counts: draft.kind === 'key' ? draft.counts : 'latest' as const, anonymous: draft.anonymous,
    second_marking_tolerance: draft.tolerance.trim() === '' ? null : numberIn(draft.tolerance), regrade_days: draft.regradeDays.trim() === '' ? null : numberIn(draft.regradeDays) };
  if (draft.kind === 'points') return { ...rules, points_max: numberIn(draft.pointsMax) };
  if (draft.kind === 'key') return { ...rules, answer_key: draft.questions.map(keyOf) as unknown as schemas.AnswerKey };
  return { ...rules, criteria: draft.criteria.map(({ id, title, description, points, levels }) => ({ id, title: title.trim(), points_max: numberIn(points), ...(description.trim() !== '' && { description: description.trim() }),
    ...(levels.length > 0 && { levels: levels.map((level) => ({ id: level.id, title: level.title.trim(), points: numberIn(level.points) })) }) })) };
}
/** As the assignment has them. */
export const questionsOf = (draft: SchemeDraft): schemas.Questions => draft.questions.map(({ id, kind, choices, rest }) =>
  ({ ...rest, id, kind, ...(kind === 'choice' && { choices: choices.map(({ text }) => text).filter((text) => text !== '') }) })) as unknown as schemas.Questions;

const sum = (points: readonly string[]) => points.reduce((total, one) => total + (numberIn(one) || 0), 0);
export const pointsOf = (draft: SchemeDraft) => (draft.kind === 'points' ? numberIn(draft.pointsMax) || 0 : sum((draft.kind === 'key' ? draft.questions : draft.criteria).map(({ points }) => points)));

/** In words, to be laid beside another. */
export function toldOf(draft: SchemeDraft): { name: string; said: string }[] {
  const { scheme } = t().teacher;
  const parts = draft.kind === 'rubric' ? draft.criteria.map(({ title, points, levels }) => `${title} (${points})${levels.length > 0 ? `: ${levels.map((level) => `${level.title} ${level.points}`).join(', ')}` : ''}`)
    : draft.kind === 'key' ? draft.questions.map((question) => JSON.stringify(keyOf(question))) : [];
  return [
    { name: scheme.kind, said: scheme.kinds[draft.kind] }, { name: scheme.pointsMax, said: numberText(pointsOf(draft)) }, { name: scheme.parts, said: parts.join('\n') },
    { name: scheme.anonymous, said: draft.anonymous ? scheme.yes : scheme.no }, { name: scheme.tolerance, said: draft.tolerance }, { name: scheme.regradeDays, said: draft.regradeDays }, { name: scheme.counts, said: scheme.countsOf[draft.counts] },
  ];
}
