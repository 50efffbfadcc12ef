// An assignment changed: what it asks, its rules, and who may hand in longer or more often.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api } from '../../api.js';
import { useDraft } from '../../kit/draft.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { Fault, Said } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { isStale, TwoVersions } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { bodyOf, changeOf, fieldsOf, toldOf, type AssignmentFields } from './assignment_draft.js';
import { AssignmentForm } from './assignment_form.js';
import { etagOf, fieldOf, useAssignment, type Assignment } from './data.js';
import { Extensions } from './extensions.js';
import { AssignmentPage } from './parts.js';

/** What is being written, and of which version it is a change. */
interface Changing { fields: AssignmentFields; of: Assignment }
const begun = (assignment: Assignment): Changing => ({ fields: fieldsOf(assignment), of: assignment });
const change = ({ fields, of }: Changing) => changeOf(bodyOf(fields, of), bodyOf(fieldsOf(of), of));

function Edit({ assignment, from }: { assignment: Assignment; from: Resource<Assignment> }) {
  const { rules, form } = t().teacher, id = assignment.assignment_id, path = { path: { assignment_id: id } };
  const stands = useSignal<Assignment | undefined>(undefined);
  const draft = useDraft<Changing>({ of: `edit ${id}`, title: ({ fields }) => fields.title, begin: begun(assignment), empty: (it) => Object.keys(change(it)).length === 0 });
  /** `next` stands now. What was typed since `sent` went is a change of that; what was sent is no draft any more. */
  const take = async (next: Assignment, sent?: Changing) => {
    const is = draft.written.peek();
    stands.value = undefined;
    from.set(next, etagOf(next.version));
    if (is && is !== sent && Object.keys(change(is)).length > 0) draft.change({ fields: is.fields, of: next });
    else await draft.drop(begun(next));
  };
  const send = async (what: schemas.AssignmentChange, version: number) => (await api.patch('/v1/assignments/{assignment_id}', { ...path, ifMatch: etagOf(version), body: what })).body;

  const saving = useDeed(async () => {
    const mine = draft.written.peek() as Changing, what = change(mine);
    if (Object.keys(what).length === 0) return say(rules.nothingChanged);
    try {
      const saved = await send(what, mine.of.version), back = changeOf(bodyOf(fieldsOf(mine.of), mine.of), bodyOf(fieldsOf(saved), saved));
      await take(saved, mine);
      say(t().shell.saved, () => { void send(back, saved.version).then((next) => take(next), () => say(t().shell.fault)); });
    } catch (error) {
      stands.value = (await api.get('/v1/assignments/{assignment_id}', path).catch(() => undefined))?.body;
      throw error;
    }
  });
  const stale = isStale(saving.error.value) ? stands.value : undefined, mine = draft.written.value;
  const rowsOf = (other: Assignment) => { const own = toldOf((mine as Changing).fields); return toldOf(fieldsOf(other)).map(({ name, said }, i) => ({ name, stands: said, mine: own[i]?.said ?? '' })); };
  /** What was changed here counts from now on as a change of what stands. */
  const takeMine = () => { if (stale && mine) { stands.value = undefined; draft.change({ ...mine, of: stale }); void saving.run(); } };
  const discard = () => { const before = mine; void draft.drop(begun(assignment)); saving.error.value = undefined; say(form.discarded, before && (() => draft.change(before))); };
  const { state } = draft.standing.value, older = mine !== undefined && mine.of.version < assignment.version;
  useEffect(() => { if (older && state === 'empty') void draft.drop(begun(assignment)); }, [older, state]); // nothing was written: what stands now shows
  return (
    <>
      {older && state !== 'empty' && !stale ? <Said>{form.fromDraft}</Said> : null}
      <AssignmentForm label={form.edit} draft={draft} saving={saving} told={stale !== undefined} deed={t().shell.save} open section={assignment.section_title}
        of={{ section: assignment.section_id, assignment: id, due: fieldOf(assignment.due_at) }}
        before={(assignment.questions ?? []) as { id: string }[]}>
        {stale ? <TwoVersions rows={rowsOf(stale)} onMine={takeMine} onTheirs={() => { saving.error.value = undefined; void take(stale, mine); }} /> : null}
      </AssignmentForm>
      {state === 'kept' ? <div class="actions"><Button quiet onPress={discard}>{form.discard}</Button></div> : null}
    </>
  );
}

function Withdraw({ assignment: { assignment_id, version, active }, from }: { assignment: Assignment; from: Resource<Assignment> }) {
  const { form } = t().teacher, path = { path: { assignment_id } };
  const restore = async (etag: string) => {
    const { body } = await api.patch('/v1/assignments/{assignment_id}', { ...path, ifMatch: etag, body: { active: true } });
    from.set(body, etagOf(body.version));
    say(form.isBack);
  };
  const deed = useDeed(async () => {
    if (!active) return restore(etagOf(version));
    const { etag } = await api.delete('/v1/assignments/{assignment_id}', { ...path, ifMatch: etagOf(version) });
    await from.reload();
    say(form.withdrawn, etag ? () => { void restore(etag).catch(() => say(t().shell.fault)); } : undefined);
  });
  return (
    <Card title={active ? form.withdraw : form.isWithdrawn}>
      <p>{active ? form.withdrawHint : form.isWithdrawnHint}</p>
      {deed.error.value ? <Fault error={deed.error.value} /> : null}
      <div class="actions"><Button quiet={active} busy={deed.busy.value} onPress={() => { void deed.run(); }}>{active ? form.withdraw : form.restore}</Button></div>
    </Card>
  );
}

export default function Rules({ id = '' }: Record<string, string>) {
  const from = useAssignment(id);
  return (
    <AssignmentPage from={from} id={id}>
      {(assignment) => (
        <>
          {assignment.active ? <Card title={t().teacher.form.edit}><Edit key={id} assignment={assignment} from={from} /></Card> : null}
          {assignment.active ? <Extensions assignment={assignment} /> : null}
          <Withdraw assignment={assignment} from={from} />
        </>
      )}
    </AssignmentPage>
  );
}
