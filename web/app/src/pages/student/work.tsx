// Writing and handing in: a text, or answers to questions.
import type { schemas, Work } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ApiError, outbox } from '../../api.js';
import type { Written } from '../../drafts.js';
import { DraftStanding, useDraft, type DraftInHand } from '../../kit/draft.js';
import { Button, useDeed } from '../../kit/form.js';
import { Fault, Said } from '../../kit/said.js';
import { numberText, t } from '../../text/index.js';

type Assignment = schemas.Assignment;
type Question = schemas.Questions[number] & { id: string }; // `required` stands beside the kinds in the schema, so the types lose it
type Writing = Pick<DraftInHand<Written>, 'written' | 'change'>;

export const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** As people write numbers here: with a comma or a point, in western or Arabic digits. NaN: it is none. */
export function numberOf(text: string): number {
  const western = text.trim().replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660)).replace(/[,\u066b]/, '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(western) ? Number(western) : NaN;
}

/** What would be handed in; undefined: nothing was written. */
export function workOf(questions: readonly Question[], { text = '', answers = {} }: Written): Work | undefined {
  if (questions.length === 0) return text.trim() === '' ? undefined : { text };
  const given = questions.flatMap(({ id, kind }) => {
    const answer = answers[id] ?? '';
    return answer.trim() === '' ? [] : [[id, kind === 'number' ? numberOf(answer) : answer] as const];
  });
  return given.length === 0 ? undefined : { answers: Object.fromEntries(given) };
}

/** What is wrong with an answer, in words. */
export function wrongWith(question: Question, answer: string): string | undefined {
  const { work } = t().student;
  if (answer.trim() === '') return undefined;
  if (question.kind === 'text') return question.bytes_limit !== undefined && bytesOf(answer) > question.bytes_limit ? work.tooLong(numberText(bytesOf(answer) - question.bytes_limit)) : undefined;
  if (question.kind !== 'number') return undefined;
  const number = numberOf(answer);
  if (Number.isNaN(number)) return work.noNumber;
  if (question.minimum !== undefined && number < question.minimum) return work.tooSmall(numberText(question.minimum));
  if (question.maximum !== undefined && number > question.maximum) return work.tooGreat(numberText(question.maximum));
  return undefined;
}

function TextWork({ assignment, draft }: { assignment: Assignment; draft: Writing }) {
  const { work } = t().student, id = useId(), text = draft.written.value?.text ?? '';
  const bytes = bytesOf(text), limit = assignment.content_bytes_limit, over = bytes > limit;
  return (
    <div class="field">
      <label for={id}>{work.yours}</label>
      <textarea id={id} rows={12} value={text} dir="auto" onInput={(event) => { draft.change({ text: event.currentTarget.value }); }} aria-invalid={over || undefined}
        aria-describedby={over ? `${id}-error` : undefined} />
      {over ? <p class="field-error" id={`${id}-error`} role="alert">{work.tooLong(numberText(bytes - limit))}</p>
        : bytes > 0.8 * limit ? <p class="hint">{work.room(numberText(limit - bytes))}</p> : null}
    </div>
  );
}

function Answer({ question, number, value, onChange }: { question: Question; number: number; value: string; onChange: (answer: string) => void }) {
  const { work } = t().student, id = useId(), wrong = wrongWith(question, value);
  const label = question.prompt ? <>{numberText(number)}. <span class="prompt" dir="auto">{question.prompt}</span></> : work.question(number, question.id);
  if (question.kind === 'choice')
    return (
      <fieldset class="field choices">
        <legend>{label}</legend>
        {question.choices.map((choice) => (
          <label key={choice}><input type="radio" name={id} value={choice} checked={value === choice} onChange={() => onChange(choice)} /><span dir="auto">{choice}</span></label>
        ))}
        {value === '' ? null : <button type="button" class="link" onClick={() => onChange('')}>{work.clear}</button>}
      </fieldset>
    );
  const hint = question.kind === 'number' ? work.range(question.minimum, question.maximum) : undefined;
  const common = {
    id, value, 'aria-invalid': wrong ? true as const : undefined, 'aria-describedby': `${hint ? `${id}-hint` : ''} ${wrong ? `${id}-error` : ''}`.trim() || undefined,
    onInput: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      {question.kind === 'number' ? <input {...common} inputMode="decimal" autocomplete="off" /> : <textarea {...common} rows={4} dir="auto" />}
      {wrong ? <p class="field-error" id={`${id}-error`}>{wrong}</p> : null}
    </div>
  );
}

function StructuredWork({ questions, draft }: { questions: readonly Question[]; draft: Writing }) {
  const answers = draft.written.value?.answers ?? {};
  const answered = questions.filter(({ id }) => (answers[id] ?? '').trim() !== '').length;
  return (
    <>
      {questions.map((question, at) => (
        <Answer key={question.id} question={question} number={at + 1} value={answers[question.id] ?? ''} onChange={(answer) => draft.change({ answers: { ...answers, [question.id]: answer } })} />
      ))}
      <p role="status"><strong>{t().student.work.answered(answered, questions.length)}</strong></p>
    </>
  );
}

/** What is filled in: a text, or an answer to each question. */
export function WorkFields({ assignment, draft }: { assignment: Assignment; draft: Writing }) {
  const questions = (assignment.questions ?? []) as Question[];
  return questions.length > 0 ? <StructuredWork questions={questions} draft={draft} /> : <TextWork assignment={assignment} draft={draft} />;
}

const nothingIn = ({ text, answers }: Written) => !text && Object.values(answers ?? {}).every((answer) => answer === '');

interface WorkFormOptions { assignment: Assignment; late: boolean; onHandedIn: () => void; onCancel?: (() => void) | undefined }
export function WorkForm({ assignment, late, onHandedIn, onCancel }: WorkFormOptions) {
  const { work } = t().student, { assignment_id } = assignment, questions = (assignment.questions ?? []) as Question[];
  const draft = useDraft<Written>({ of: assignment_id, title: () => assignment.title, begin: {}, empty: nothingIn }), nothing = useSignal(false);
  const written = draft.written.value;
  const handing = useDeed(async (what: Work) => {
    try { await outbox.add(assignment_id, what); } catch (error) {
      throw error instanceof ApiError && error.status > 0 ? error : new ApiError(507, 'not_kept', work.notKept, false);
    }
    await draft.drop();
    onHandedIn();
  });
  if (!written) return null;
  const wrong = questions.some((question) => wrongWith(question, written.answers?.[question.id] ?? '') !== undefined) || bytesOf(written.text ?? '') > assignment.content_bytes_limit;
  const offer = workOf(questions, written);
  nothing.value &&= !offer;
  return (
    <form class="form" aria-label={work.title} noValidate onSubmit={(event) => {
      event.preventDefault();
      nothing.value = !offer;
      if (offer && !wrong) void handing.run(offer);
    }}>
      <WorkFields assignment={assignment} draft={draft} />
      <DraftStanding of={draft} kept={work.draftKept} />
      {nothing.value ? <Said kind="bad">{work.nothing}</Said> : null}
      {late ? <Said kind="bad">{work.late}</Said> : null}
      {assignment.attempts_left === 1 ? <p>{work.lastAttempt}</p> : null}
      {handing.error.value ? <Fault error={handing.error.value} /> : null}
      <div class="actions">
        <Button type="submit" busy={handing.busy.value} disabled={wrong}>{late ? work.handInLate : work.handIn}</Button>
        {onCancel ? <Button quiet onPress={onCancel}>{t().shell.cancel}</Button> : null}
      </div>
    </form>
  );
}
