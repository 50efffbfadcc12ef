// An assignment as its form's fields hold it, as the server wants it, and as students would see it. Pure.
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import { instantText } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';
import { fieldOf, instantOf, type Assignment } from './data.js';

export type Kind = 'text' | 'structured' | 'file';
export type LateKind = 'none' | 'hours' | 'always';
export type QuestionKind = 'choice' | 'number' | 'text';
export interface QuestionFields { id: string; kind: QuestionKind; prompt: string; choices: string[]; minimum: string; maximum: string; bytes: string }
export interface AssignmentFields {
  title: string;
  instructions: string;
  due_at: string;
  kind: Kind;
  questions: QuestionFields[];
  opens_at: string;
  late: LateKind;
  hours: string;
  attempts: string;
  bytes: string;
  files: string;
  /** Of each file, in `unit`. */
  megabytes: string;
  unit: Unit;
  grace: string;
}
interface Question { id: string; kind: QuestionKind; prompt?: string; choices?: string[]; minimum?: number; maximum?: number; bytes_limit?: number }

/** In which a limit of files is set and shown; a draft from before there were two has none. */
export type Unit = 'MiB' | 'MB';
const bytesIn = (unit: Unit | undefined) => (unit === 'MiB' ? 2 ** 20 : 1e6), hourS = 3600;
const unitIn = (bytes: number): Unit => (bytes % bytesIn('MB') !== 0 && bytes % bytesIn('MiB') === 0 ? 'MiB' : 'MB');
/** What students may always do is the default: late work counts as late, and there are as many attempts as they like. */
export const freshFields = (): AssignmentFields => ({
  title: '', instructions: '', due_at: '', kind: 'text', questions: [], opens_at: '', late: 'always', hours: '24', attempts: '', bytes: '262144', files: '5', megabytes: '100', unit: 'MiB', grace: '24',
});

const said = (value: number | null | undefined) => (value == null ? '' : String(value));
const questionFields = ({ id, kind, prompt = '', choices = [], minimum, maximum, bytes_limit }: Question): QuestionFields =>
  ({ id, kind, prompt, choices, minimum: said(minimum), maximum: said(maximum), bytes: said(bytes_limit) });

export function fieldsOf(assignment: Assignment): AssignmentFields {
  const { late_until, due_at } = assignment, seconds = late_until === null ? null : Math.round((Date.parse(late_until) - Date.parse(due_at)) / 1000);
  return {
    title: assignment.title, instructions: assignment.instructions ?? '', due_at: fieldOf(due_at), kind: assignment.kind,
    questions: ((assignment.questions ?? []) as unknown as Question[]).map(questionFields), opens_at: fieldOf(assignment.opens_at),
    late: seconds === null ? 'always' : seconds === 0 ? 'none' : 'hours', hours: seconds ? String(seconds / hourS) : '24', attempts: said(assignment.attempts_limit), bytes: String(assignment.content_bytes_limit),
    files: String(assignment.files_limit), megabytes: String(assignment.file_bytes_limit / bytesIn(unitIn(assignment.file_bytes_limit))), unit: unitIn(assignment.file_bytes_limit), grace: String(assignment.upload_grace_seconds / hourS),
  };
}

/** "q1", "q2": one that no question has or had, so that nothing that was said of another is taken for its own. */
export function freshQuestion(list: readonly { id: string }[], before: readonly { id: string }[] = []): QuestionFields {
  const numbers = [...list, ...before].map(({ id }) => Number(/^q(\d+)$/.exec(id)?.[1] ?? 0));
  return { id: `q${Math.max(0, ...numbers) + 1}`, kind: 'choice', prompt: '', choices: ['', ''], minimum: '', maximum: '', bytes: '' };
}

// ---- as the server wants it ----

const numberIn = (text: string) => Number(text.trim().replace(',', '.'));
const limit = (text: string) => (text.trim() === '' ? undefined : numberIn(text));
const without = <T extends object>(of: T): T => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as T;

const questionOf = ({ id, kind, prompt, choices, minimum, maximum, bytes }: QuestionFields): Question => without({
  id, kind, prompt: prompt.trim() === '' ? undefined : prompt.trim(),
  ...(kind === 'choice' && { choices: choices.map((choice) => choice.trim()) }),
  ...(kind === 'number' && { minimum: limit(minimum), maximum: limit(maximum) }),
  ...(kind === 'text' && { bytes_limit: limit(bytes) }),
}) as Question;

export interface AssignmentBody {
  title: string;
  instructions: string;
  due_at: string;
  kind: Kind;
  questions?: Question[];
  opens_at: string | null;
  late_seconds_limit: number | null;
  attempts_limit: number | null;
  content_bytes_limit: number;
  files_limit: number;
  file_bytes_limit: number;
  upload_grace_seconds: number;
}
/** A date that is none is left to the server to refuse, and what does not belong to the kind is as it was. `of`: whose instants, which fields give to the minute. */
export function bodyOf(fields: AssignmentFields, of?: Assignment): AssignmentBody {
  const { kind, late, attempts } = fields, instant = (field: string, was: string | null | undefined) => (was && field === fieldOf(was) ? was : instantOf(field));
  return without({
    title: fields.title.trim(), instructions: fields.instructions.trim(), due_at: instant(fields.due_at, of?.due_at) ?? '', kind,
    questions: kind === 'structured' ? fields.questions.map(questionOf) : undefined,
    opens_at: instant(fields.opens_at, of?.opens_at) ?? null, late_seconds_limit: late === 'always' ? null : late === 'none' ? 0 : Math.round(numberIn(fields.hours) * hourS),
    attempts_limit: limit(attempts) ?? null, content_bytes_limit: numberIn(fields.bytes),
    files_limit: numberIn(fields.files), file_bytes_limit: Math.round(numberIn(fields.megabytes) * bytesIn(fields.unit)), upload_grace_seconds: Math.round(numberIn(fields.grace) * hourS),
  }) as AssignmentBody;
}

/** What differs from `before`, as a change of it: questions say by themselves that answers are handed in. */
export function changeOf(next: AssignmentBody, before: AssignmentBody): schemas.AssignmentChange {
  const differs = (name: keyof AssignmentBody) => JSON.stringify(next[name]) !== JSON.stringify(before[name]);
  const change: Record<string, unknown> = Object.fromEntries((Object.keys(next) as (keyof AssignmentBody)[]).filter(differs).map((name) => [name, next[name]]));
  if (next.kind === 'structured') delete change['kind'];
  else if (before.kind === 'structured') Object.assign(change, { questions: null }, next.kind === 'text' && { kind: undefined });
  return without(change) as schemas.AssignmentChange;
}

// ---- what is wrong with it, before the server says so ----

/** By JSON pointer. `before`: questions that stand, which may have no words of their own. */
export function faultsIn({ title, due_at, kind, questions }: AssignmentFields, before: readonly { id: string }[] = []): Map<string, string> {
  const { form } = t().teacher, faults = new Map<string, string>();
  if (title.trim() === '') faults.set('/title', form.faults.title);
  if (instantOf(due_at) === undefined) faults.set('/due_at', form.faults.due);
  if (kind !== 'structured') return faults;
  if (questions.length === 0) faults.set('/questions', form.faults.questions);
  questions.forEach((question, i) => {
    const at = `/questions/${i}`, { minimum, maximum, choices } = question;
    if (question.prompt.trim() === '' && !before.some(({ id }) => id === question.id)) faults.set(`${at}/prompt`, form.faults.prompt);
    if (question.kind === 'number' && limit(minimum) !== undefined && limit(maximum) !== undefined && numberIn(minimum) > numberIn(maximum)) faults.set(`${at}/maximum`, form.faults.bounds);
    if (question.kind !== 'choice') return;
    if (choices.length < 2) faults.set(`${at}/choices`, form.faults.choices);
    choices.forEach((choice, j) => {
      if (choice.trim() === '') faults.set(`${at}/choices/${j}`, form.faults.choice);
      else if (choices.findIndex((other) => other.trim() === choice.trim()) < j) faults.set(`${at}/choices/${j}`, form.faults.twice);
    });
  });
  return faults;
}

// ---- as people read it ----

/** As students would see it. */
export function previewOf(fields: AssignmentFields, section_title = ''): Assignment {
  const body = bodyOf(fields), due_at = body.due_at || new Date(now()).toISOString(), { late_seconds_limit: late } = body;
  return {
    ...body, assignment_id: '', section_id: '', section_title, due_at, attempts_left: body.attempts_limit, extended: false, active: true, latest_submission: null, version: 0,
    late_until: late === null ? null : new Date(Date.parse(due_at) + (late || 0) * 1000).toISOString(), questions: (body.questions ?? []) as unknown as schemas.Questions,
  };
}

function questionText({ prompt, id, kind, choices, minimum, maximum, bytes }: QuestionFields): string {
  const more = kind === 'choice' ? choices.join(', ') : kind === 'number' ? [minimum, maximum].filter((one) => one !== '').join('–') : bytes;
  return `${prompt || id} (${t().teacher.scheme.questionKinds[kind]}${more ? `: ${more}` : ''})`;
}
/** In words, to be laid beside another. */
export function toldOf(fields: AssignmentFields): { name: string; said: string }[] {
  const { rules, form } = t().teacher, instant = (field: string) => { const at = instantOf(field); return at ? instantText(at) : rules.none; };
  const number = (text: string) => (text.trim() === '' ? rules.none : numberText(numberIn(text)));
  return [
    { name: form.name, said: fields.title }, { name: form.instructions, said: fields.instructions }, { name: rules.dueAt, said: instant(fields.due_at) }, { name: rules.kind, said: rules.kinds[fields.kind] },
    { name: form.questions, said: fields.kind === 'structured' ? fields.questions.map(questionText).join('\n') : '' }, { name: form.opensAt, said: instant(fields.opens_at) },
    { name: rules.late, said: fields.late === 'always' ? rules.lateAlways : fields.late === 'none' ? rules.lateNone : rules.hoursCount(numberIn(fields.hours)) },
    { name: rules.attempts, said: number(fields.attempts) }, { name: form.bytes, said: number(fields.bytes) },
    { name: rules.files, said: number(fields.files) }, { name: rules.fileSize, said: `${number(fields.megabytes)} ${fields.unit}` }, { name: rules.grace, said: number(fields.grace) },
  ];
}
