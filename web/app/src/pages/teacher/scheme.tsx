// How the assignment is marked: plain points, a rubric, or an answer key; by whom, and what students may ask. Each change makes a version.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useId, useMemo } from 'preact/hooks';
import { api, ApiError } from '../../api.js';
import { Button, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Fault, Said } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { isStale, TwoVersions } from '../../kit/version.js';
import { numberText, t } from '../../text/index.js';
import { etagOf, useAssignment, useMarking, type Assignment } from './data.js';
import { AssignmentPage } from './parts.js';
import { KeyEditor, RubricEditor } from './scheme_parts.js';
import { changeOf, draftOf, pointsOf, questionsOf, toldOf, type SchemeDraft, type SchemeKind } from './scheme_draft.js';

type Marking = schemas.Marking;
const putMarking = (id: string, change: schemas.MarkingChange, version: number | undefined) =>
  api.put('/v1/assignments/{assignment_id}/marking', { path: { assignment_id: id }, ...(version !== undefined && { ifMatch: etagOf(version) }), body: change });

function Rest({ draft, set }: { draft: SchemeDraft; set: (more: Partial<SchemeDraft>) => void }) {
  const { scheme } = t().teacher, id = useId();
  const tick = (name: 'anonymous', label: string, hint: string) => (
    <div class="check"><input type="checkbox" id={`${id}${name}`} checked={draft[name]} onInput={(event) => set({ [name]: event.currentTarget.checked })} /><label for={`${id}${name}`}>{label}</label><p class="hint">{hint}</p></div>
  );
  const number = (name: 'tolerance' | 'regradeDays', label: string, hint: string) => (
    <div class="field"><label for={`${id}${name}`}>{label}</label><p class="hint">{hint}</p><input id={`${id}${name}`} type="number" min={0} step="any" value={draft[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} /></div>
  );
  return (
    <>
      {tick('anonymous', scheme.anonymous, scheme.anonymousHint)}
      <div class="row">{number('tolerance', scheme.tolerance, scheme.toleranceHint)}{number('regradeDays', scheme.regradeDays, scheme.regradeHint)}</div>
      {draft.kind === 'key' ? (
        <div class="field"><label for={`${id}counts`}>{scheme.counts}</label>
          <select id={`${id}counts`} value={draft.counts} onInput={(event) => set({ counts: event.currentTarget.value as 'latest' })}><option value="latest">{scheme.countsOf.latest}</option><option value="best">{scheme.countsOf.best}</option></select></div>
      ) : null}
    </>
  );
}

function Editor({ assignment, marking, onSaved }: { assignment: Assignment; marking: Marking | undefined; onSaved: (marking: Marking) => void }) {
  const { scheme } = t().teacher, id = assignment.assignment_id, field = useId();
  const first = useMemo(() => draftOf(marking, assignment), []), draft = useSignal(first), version = useSignal(marking?.version);
  const before = useSignal(marking), known = useSignal(assignment), stands = useSignal<Marking | undefined>(undefined);
  const set = (more: Partial<SchemeDraft>) => { draft.value = { ...draft.value, ...more }; };

  /** Questions are the assignment's: changed first, and only if they were. */
  const saveQuestions = async () => {
    const questions = questionsOf(draft.value);
    if (draft.value.kind !== 'key' || JSON.stringify(questions) === JSON.stringify(questionsOf(draftOf(undefined, known.value)))) return;
    known.value = (await api.patch('/v1/assignments/{assignment_id}', { path: { assignment_id: id }, ifMatch: etagOf(known.value.version), body: { questions } })).body;
  };
  const saving = useDeed(async () => {
    stands.value = undefined;
    try {
      await saveQuestions();
      const { body } = await putMarking(id, changeOf(draft.value), version.value), previous = before.value;
      [version.value, before.value] = [body.version, body];
      onSaved(body);
      say(scheme.saved(body.version), previous && (() => {
        void putMarking(id, changeOf(draftOf(previous, known.value)), body.version).then((back) => {
          [version.value, before.value, draft.value] = [back.body.version, back.body, draftOf(back.body, known.value)];
          onSaved(back.body);
        }, () => say(t().shell.fault));
      }));
    } catch (error) {
      if (error instanceof ApiError && isStale(error)) {
        stands.value = (await api.get('/v1/assignments/{assignment_id}/marking', { path: { assignment_id: id } }).catch(() => undefined))?.body;
        known.value = (await api.get('/v1/assignments/{assignment_id}', { path: { assignment_id: id } })).body;
      }
      throw error;
    }
  });
  const { value: now } = draft, stale = isStale(saving.error.value) ? stands.value : undefined, mine = toldOf(now);
  const takeMine = () => { if (stale) { version.value = stale.version; void saving.run(); } };
  const takeTheirs = () => { if (stale) { [version.value, before.value, draft.value] = [stale.version, stale, draftOf(stale, known.value)]; saving.error.value = undefined; onSaved(stale); } };
  return (
    <Form label={scheme.title} onSubmit={() => { void saving.run(); }} error={stale ? undefined : saving.error.value}>
      <fieldset class="plain"><legend>{scheme.kind}</legend>
        <div class="choice-row">{(['points', 'rubric', 'key'] as SchemeKind[]).map((kind) => (
          <label key={kind} class="level"><input type="radio" name={field} checked={now.kind === kind} onInput={() => set({ kind })} /><span>{scheme.kinds[kind]}</span></label>))}</div>
      </fieldset>
      {now.kind === 'points' ? <div class="field short"><label for={`${field}max`}>{scheme.pointsMax}</label><input id={`${field}max`} type="number" min={0} step="any" value={now.pointsMax} onInput={(event) => set({ pointsMax: event.currentTarget.value })} /></div> : null}
      {now.kind === 'rubric' ? <RubricEditor list={now.criteria} onChange={(criteria) => set({ criteria })} /> : null}
      {now.kind === 'key' ? <><p class="hint">{scheme.keyHint}</p><KeyEditor list={now.questions} onChange={(questions) => set({ questions })} /></> : null}
      {now.kind === 'points' ? null : <p class="big">{scheme.sum(numberText(pointsOf(now)))}</p>}
      <Rest draft={now} set={set} />
      {stale ? <TwoVersions rows={toldOf(draftOf(stale, known.value)).map(({ name, said }, i) => ({ name, stands: said, mine: mine[i]?.said ?? '' }))} onMine={takeMine} onTheirs={takeTheirs} /> : null}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

export default function Scheme({ id = '' }: Record<string, string>) {
  const from = useAssignment(id), marking = useMarking(id), { scheme } = t().teacher;
  const known = marking.data.value, none = marking.error.value?.status === 404 && !known;
  return (
    <AssignmentPage from={from} id={id}>
      {(assignment) => (
        <Card title={scheme.title}>
          {known ? <p class="dim">{scheme.version(known.version)}</p> : none ? <Said><p>{scheme.none}</p></Said> : marking.error.value ? <Fault error={marking.error.value} onRetry={() => { void marking.reload(); }} /> : <p class="waiting" role="status">{t().shell.loading}</p>}
          {known || none ? <Editor key={id} assignment={assignment} marking={known} onSaved={(saved) => marking.set(saved, etagOf(saved.version))} /> : null}
        </Card>
      )}
    </AssignmentPage>
  );
}
