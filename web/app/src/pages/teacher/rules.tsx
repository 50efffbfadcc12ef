// An assignment's rules, and who may hand in longer or more often.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { api } from '../../api.js';
import { Button, Choice, Field, Form, text, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { instantText } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { etagOf, fieldOf, instantOf, useAssignment, type Assignment } from './data.js';
import { Extensions } from './extensions.js';
import { AssignmentPage, isStale, Standing } from './parts.js';

type Change = schemas.AssignmentChange;
type LateKind = 'none' | 'hours' | 'always';

const lateKind = ({ late_until, due_at }: Assignment): LateKind => (late_until === null ? 'always' : late_until === due_at ? 'none' : 'hours');
const lateSeconds = ({ late_until, due_at }: Assignment) => (late_until === null ? null : Math.round((Date.parse(late_until) - Date.parse(due_at)) / 1000));

/** What the form's fields hold, of an assignment as it stands. */
function fieldsOf(assignment: Assignment) {
  const seconds = lateSeconds(assignment);
  return {
    due_at: text(fieldOf(assignment.due_at)), opens_at: text(fieldOf(assignment.opens_at)), late: text(lateKind(assignment)), hours: text(seconds ? String(seconds / 3600) : '24'),
    attempts: text(assignment.attempts_limit === null ? '' : String(assignment.attempts_limit)), kind: text(assignment.kind),
    files: text(String(assignment.files_limit)), mebibytes: text(String(assignment.file_bytes_limit / 1048576)), grace: text(String(assignment.upload_grace_seconds / 3600)),
  };
}
type Fields = ReturnType<typeof fieldsOf>;

/** Everything that the fields say, as the server wants it; a date that is none is left to it to refuse. */
function said(fields: Fields, assignment: Assignment): Change {
  const { due_at, opens_at, late, hours, attempts, kind, files, mebibytes, grace } = fields;
  return {
    due_at: due_at.value === fieldOf(assignment.due_at) ? assignment.due_at : instantOf(due_at.value) ?? '',
    opens_at: opens_at.value === fieldOf(assignment.opens_at) ? assignment.opens_at : instantOf(opens_at.value) ?? null,
    late_seconds_limit: late.value === 'always' ? null : late.value === 'none' ? 0 : Math.round(Number(hours.value) * 3600),
    attempts_limit: attempts.value.trim() === '' ? null : Number(attempts.value),
    ...(assignment.kind !== 'structured' && { kind: kind.value as 'text' | 'file' }),
    ...(kind.value === 'file' && { files_limit: Number(files.value), file_bytes_limit: Math.round(Number(mebibytes.value) * 1048576), upload_grace_seconds: Math.round(Number(grace.value) * 3600) }),
  };
}
const standing = (assignment: Assignment): Change => ({ ...said(fieldsOf(assignment), assignment) });

/** Of `next` what differs from `before`. */
function changed(next: Change, before: Change): Change {
  return Object.fromEntries(Object.entries(next).filter(([name, value]) => value !== before[name as keyof Change])) as Change;
}

function rowsOf(stands: Assignment, mine: Change): { name: string; stands: string; mine: string }[] {
  const { rules } = t().teacher, has = standing(stands);
  const shown = (value: unknown, name: string) => {
    if (name === 'late_seconds_limit') return value === null ? rules.lateAlways : value === 0 ? rules.lateNone : rules.hoursCount(Number(value) / 3600);
    if (value === null || value === '') return rules.none;
    if (name.endsWith('_at')) return instantText(String(value));
    return name === 'kind' ? rules.kinds[value as 'text'] : String(value);
  };
  const names: Partial<Record<keyof Change, string>> = { due_at: rules.dueAt, opens_at: rules.opensAt, late_seconds_limit: rules.late, attempts_limit: rules.attempts, kind: rules.kind,
    files_limit: rules.files, file_bytes_limit: rules.mebibytes, upload_grace_seconds: rules.grace };
  return Object.entries(names).map(([key, name]) => ({ name, stands: shown(has[key as keyof Change] ?? null, key), mine: shown(mine[key as keyof Change] ?? null, key) }));
}

function RulesForm({ assignment, from }: { assignment: Assignment; from: Resource<Assignment> }) {
  const { rules } = t().teacher, id = assignment.assignment_id;
  const begun = useSignal(assignment), fields = useSignal(useMemo(() => fieldsOf(assignment), [])), stands = useSignal<Assignment | undefined>(undefined);
  const fill = (next: Assignment) => { begun.value = next; fields.value = fieldsOf(next); stands.value = undefined; from.set(next, etagOf(next.version)); };
  const path = { path: { assignment_id: id } };
  const send = async (change: Change, version: number) => (await api.patch('/v1/assignments/{assignment_id}', { ...path, ifMatch: etagOf(version), body: change })).body;

  const saving = useDeed(async () => {
    const before = standing(begun.value), change = changed(said(fields.value, begun.value), before);
    if (Object.keys(change).length === 0) return say(rules.nothingChanged);
    try {
      const saved = await send(change, begun.value.version);
      fill(saved);
      const back = Object.fromEntries(Object.keys(change).map((name) => [name, before[name as keyof Change]])) as Change;
      say(t().shell.saved, () => { void send(back, saved.version).then(fill, () => say(t().shell.fault)); });
    } catch (error) {
      stands.value = (await api.get('/v1/assignments/{assignment_id}', path).catch(() => undefined))?.body;
      throw error;
    }
  });
  const { due_at, opens_at, late, hours, attempts, kind, files, mebibytes, grace } = fields.value;
  const stale = isStale(saving.error.value) ? stands.value : undefined;
  /** What was written here counts from now on as a change of what stands. */
  const takeMine = () => { if (stale) { begun.value = stale; stands.value = undefined; void saving.run(); } };
  return (
    <Form label={rules.title} onSubmit={() => { void saving.run(); }} error={stale ? undefined : saving.error.value} fields={['due_at', 'opens_at', 'late_seconds_limit', 'attempts_limit', 'kind', 'files_limit', 'file_bytes_limit', 'upload_grace_seconds']}>
      <div class="row">
        <Field label={rules.dueAt} type="datetime-local" value={due_at} required error={saving.of('due_at')} />
        <Field label={rules.opensAt} type="datetime-local" value={opens_at} error={saving.of('opens_at')} />
      </div>
      <div class="row">
        <Choice label={rules.late} value={late as typeof late & { value: LateKind }} options={[['none', rules.lateNone], ['hours', rules.lateHours], ['always', rules.lateAlways]]} />
        {late.value === 'hours' ? <Field label={rules.hours} type="number" min={0} step="any" value={hours} error={saving.of('late_seconds_limit')} /> : null}
        <Field label={rules.attempts} type="number" min={1} value={attempts} hint={rules.attemptsHint} error={saving.of('attempts_limit')} />
      </div>
      {assignment.kind === 'structured' ? <p class="dim">{rules.structured}</p> : <Choice label={rules.kind} hint={rules.kindHint} value={kind as typeof kind & { value: 'text' | 'file' }} options={[['text', rules.kinds.text], ['file', rules.kinds.file]]} />}
      {saving.of('kind') ? <p class="field-error">{saving.of('kind')}</p> : null}
      {kind.value === 'file' ? (
        <div class="row">
          <Field label={rules.files} type="number" min={1} max={20} value={files} error={saving.of('files_limit')} />
          <Field label={rules.mebibytes} type="number" min={0} step="any" value={mebibytes} error={saving.of('file_bytes_limit')} />
          <Field label={rules.grace} type="number" min={0} step="any" value={grace} error={saving.of('upload_grace_seconds')} />
        </div>
      ) : null}
      {stale ? <Standing rows={rowsOf(stale, said(fields.value, begun.value))} onMine={takeMine} onTheirs={() => { saving.error.value = undefined; fill(stale); }} /> : null}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

export default function Rules({ id = '' }: Record<string, string>) {
  const from = useAssignment(id);
  return (
    <AssignmentPage from={from} id={id}>
      {(assignment) => (
        <>
          <Card title={t().teacher.rules.title}><RulesForm key={id} assignment={assignment} from={from} /></Card>
          <Extensions assignment={assignment} />
        </>
      )}
    </AssignmentPage>
  );
}
