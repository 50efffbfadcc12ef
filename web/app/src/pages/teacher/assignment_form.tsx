// What a teacher says of an assignment: for a new one and for one that stands, the same fields.
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Written } from '../../drafts.js';
import type { ApiError } from '../../api.js';
import { DraftStanding, type DraftInHand } from '../../kit/draft.js';
import { Button, type Deed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Fault, faultText } from '../../kit/said.js';
import { t } from '../../text/index.js';
import { Asked } from '../student/asked.js';
import { ToChoose } from '../student/file_work.js';
import { WorkFields } from '../student/work.js';
import { faultsIn, previewOf, type AssignmentFields } from './assignment_draft.js';
import { Cell, Lines, Select } from './cells.js';
import { DeadlineLoad } from './deadline_load.js';
import { Questions, type At } from './questions.js';

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const pointerOf = (field: string) => `/${field.replace(/^\//, '')}`;

/** Of what a due instant is chosen. */
export interface Of { section: string; assignment?: string; due?: string }

interface FieldsOptions { fields: AssignmentFields; set: (more: Partial<AssignmentFields>) => void; wrong: At; before: readonly { id: string }[] }
function Further({ fields, set, wrong, open }: Pick<FieldsOptions, 'fields' | 'set' | 'wrong'> & { open: boolean }) {
  const { rules, form } = t().teacher, files = fields.kind === 'file';
  const faulty = ['opens_at', 'late_seconds_limit', 'attempts_limit', 'content_bytes_limit', 'upload_grace_seconds', 'file_bytes_limit', 'files_limit'].some((name) => wrong(`/${name}`, true));
  const number = (name: 'hours' | 'attempts' | 'bytes' | 'grace' | 'files' | 'megabytes', field: string, label: string, hint?: string) =>
    <Cell width="" type="number" label={label} hint={hint} value={fields[name]} error={wrong(`/${field}`)} onInput={(to) => set({ [name]: to })} />;
  return (
    <details class="further" open={open || faulty}><summary>{form.further}</summary>
      <Cell width="" type="datetime-local" label={form.opensAt} hint={form.opensHint} value={fields.opens_at} error={wrong('/opens_at')} onInput={(to) => set({ opens_at: to })} />
      <div class="row">
        <Select label={rules.late} value={fields.late} options={[['always', rules.lateAlways], ['hours', rules.lateHours], ['none', rules.lateNone]]} onInput={(to) => set({ late: to })} />
        {fields.late === 'hours' ? number('hours', 'late_seconds_limit', rules.hours) : null}
      </div>
      {number('attempts', 'attempts_limit', rules.attempts, rules.attemptsHint)}
      {files ? <div class="row">{number('files', 'files_limit', rules.files)}{number('megabytes', 'file_bytes_limit', `${rules.fileSize} (${fields.unit})`)}{number('grace', 'upload_grace_seconds', rules.grace)}</div>
        : number('bytes', 'content_bytes_limit', form.bytes, form.bytesHint)}
    </details>
  );
}

function Fields({ fields, set, wrong, before, open, of }: FieldsOptions & { open: boolean; of: Of }) {
  const { rules, form } = t().teacher;
  return (
    <>
      <Cell width="" required label={form.name} value={fields.title} error={wrong('/title')} onInput={(title) => set({ title })} />
      <Lines label={form.instructions} hint={form.instructionsHint} rows={6} value={fields.instructions} error={wrong('/instructions')} onInput={(instructions) => set({ instructions })} />
      <div class="row">
        <Cell width="" required type="datetime-local" label={rules.dueAt} hint={form.zone(zone())} value={fields.due_at} error={wrong('/due_at')} onInput={(due_at) => set({ due_at })} />
        <Select label={rules.kind} hint={rules.kindHint} value={fields.kind} error={wrong('/kind')} options={[['text', rules.kinds.text], ['structured', rules.kinds.structured], ['file', rules.kinds.file]]} onInput={(kind) => set({ kind })} />
      </div>
      <DeadlineLoad section={of.section} assignment={of.assignment} stands={of.due} due={fields.due_at} onTake={(due_at) => set({ due_at })} />
      {fields.kind === 'structured' ? <Questions list={fields.questions} before={before} wrong={wrong} onChange={(questions) => set({ questions })} /> : null}
      <Further fields={fields} set={set} wrong={wrong} open={open} />
    </>
  );
}

function Preview({ fields, section }: { fields: AssignmentFields; section: string }) {
  const { form } = t().teacher, assignment = previewOf(fields, section), tried = useSignal<Written | undefined>({});
  return (
    <section class="as-students-see" aria-label={form.preview}>
      <p class="dim">{form.previewHint}</p>
      <h2 dir="auto">{fields.title || t().teacher.assignment}</h2>
      <Asked assignment={assignment} phase="open" />
      <Card title={t().student.work.title}>
        {fields.kind === 'file' ? <ToChoose assignment={assignment} /> : <WorkFields assignment={assignment} draft={{ written: tried, change: (to) => { tried.value = to; } }} />}
      </Card>
    </section>
  );
}

interface FormOptions<W extends { fields: AssignmentFields }> {
  label: string;
  draft: DraftInHand<W>;
  saving: Deed;
  /** Is this what the server refused shown elsewhere? */
  told?: boolean;
  deed: string;
  before?: readonly { id: string }[];
  section: string;
  of: Of;
  open?: boolean;
  children?: ComponentChildren;
}
/** Sends nothing while it sees a fault itself; the keyboard goes to the first one, whoever found it. */
export function AssignmentForm<W extends { fields: AssignmentFields }>({ label, draft, saving, told = false, deed, before = [], section, of, open = false, children }: FormOptions<W>) {
  const { form } = t().teacher, place = useRef<HTMLFormElement>(null), tried = useSignal(false), shown = useSignal(false), sent = useRef('');
  const written = draft.written.value, fields = written?.fields, error = told ? undefined : saving.error.value;
  const order = (of: AssignmentFields | undefined) => JSON.stringify(of?.questions.map(({ id, choices }) => [id, choices.length]));
  const faults = useMemo(() => (tried.value && fields ? faultsIn(fields, before) : undefined), [tried.value, fields]);
  useEffect(() => { if (error || faults?.size) place.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus(); }, [error]);
  if (!written || !fields) return null;
  const pointer = error?.field && sent.current === order(fields) ? pointerOf(error.field) : undefined; // of rows that have moved since, it says nothing
  const seen = new Set<string>();
  const wrong: At = (at, asked = false) => {
    if (!asked) seen.add(at);
    return faults?.get(at) ?? (pointer === at ? faultText(error as ApiError) : undefined);
  };
  const set = (more: Partial<AssignmentFields>) => { const is = draft.written.peek() ?? written; draft.change({ ...is, fields: { ...is.fields, ...more } }); };
  const send = () => {
    tried.value = true;
    sent.current = order(fields);
    if (faultsIn(fields, before).size === 0) void saving.run();
    else requestAnimationFrame(() => place.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };
  return (
    <form class="form" ref={place} aria-label={label} noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Fields fields={fields} set={set} wrong={wrong} before={before} open={open} of={of} />
      <DraftStanding of={draft} kept={form.draftKept} />
      {error ? <Elsewhere error={error} pointer={pointer} seen={seen} /> : null}
      {children}
      <div class="actions">
        <Button type="submit" busy={saving.busy.value}>{deed}</Button>
        <button type="button" class="button quiet" aria-expanded={shown.value} onClick={() => { shown.value = !shown.value; }}>{shown.value ? form.hidePreview : form.showPreview}</button>
      </div>
      {shown.value ? <Preview fields={fields} section={section} /> : null}
    </form>
  );
}

/** What no field has shown; rendered behind them. */
function Elsewhere({ error, pointer, seen }: { error: ApiError; pointer: string | undefined; seen: ReadonlySet<string> }) {
  return pointer !== undefined && seen.has(pointer) ? null : <Fault error={error} />;
}
