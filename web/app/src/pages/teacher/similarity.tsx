// Which texts have much in common: asked for, looked at in pairs, and in the text itself.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { api } from '../../api.js';
import { Area, Button, Check, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Empty, Read, Said } from '../../kit/said.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { say } from '../../kit/toast.js';
import { isStale, TwoVersions } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { etagOf, nameOf, useAssignment, useStudents, type Assignment, type Student } from './data.js';
import { AssignmentPage } from './parts.js';
import { percent, TextWithPassages } from './passages.js';

type Overview = schemas.AssignmentSimilarity;

function Settings({ id, overview, from }: { id: string; overview: Overview; from: Resource<Overview> }) {
  const { similarity } = t().teacher, on = useSignal(overview.similarity === 'on'), template = useSignal(overview.template), version = useSignal(overview.version);
  const stands = useSignal<Overview | undefined>(undefined);
  const saving = useDeed(async () => {
    stands.value = undefined;
    try {
      const { body } = await api.put('/v1/assignments/{assignment_id}/similarity', { path: { assignment_id: id }, ifMatch: etagOf(version.value), body: { similarity: on.value ? 'on' : 'off', template: template.value } });
      version.value = body.version;
      from.set(body);
      say(t().shell.saved);
    } catch (error) {
      stands.value = (await api.get('/v1/assignments/{assignment_id}/similarity', { path: { assignment_id: id } }).catch(() => undefined))?.body;
      throw error;
    }
  });
  const stale = isStale(saving.error.value) ? stands.value : undefined, said = (is: boolean) => (is ? similarity.on : similarity.off);
  return (
    <Form label={similarity.settings} onSubmit={() => { void saving.run(); }} error={stale ? undefined : saving.error.value} fields={['template']}>
      <Check label={similarity.compare} hint={similarity.compareHint} value={on} />
      <Area label={similarity.template} hint={similarity.templateHint} rows={4} value={template} error={saving.of('template')} />
      {stale ? <TwoVersions rows={[{ name: similarity.compare, stands: said(stale.similarity === 'on'), mine: said(on.value) }, { name: similarity.template, stands: stale.template, mine: template.value }]}
        onMine={() => { version.value = stale.version; void saving.run(); }}
        onTheirs={() => { [on.value, template.value, version.value] = [stale.similarity === 'on', stale.template, stale.version]; saving.error.value = undefined; }} /> : null}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Pairs({ id, overview, students }: { id: string; overview: Overview; students: readonly Student[] | undefined }) {
  const { similarity } = t().teacher, { data, texts_compared, texts_waiting, similarity: is, next } = overview;
  if (is === 'off' && data.length === 0) return <Empty>{similarity.isOff}</Empty>;
  return (
    <>
      <p role="status">{similarity.compared(texts_compared)}{texts_waiting > 0 ? ` ${similarity.waiting(texts_waiting)}` : ''}</p>
      {data.length === 0 ? <Empty>{similarity.none}</Empty> : (
        <div class="table-wrap" role="region" aria-label={similarity.pairs} tabIndex={0}>
          <table class="cards">
            <thead><tr><th scope="col">{similarity.pair}</th><th scope="col">{similarity.score}</th><th scope="col">{similarity.wordsCommon}</th></tr></thead>
            <tbody>{data.map(({ submission_id, user_id, other_submission_id, other_user_id, other_assignment_id, score, words }) => {
              const here = [{ of: submission_id, name: nameOf(students, user_id) }], there = nameOf(students, other_user_id);
              if (other_assignment_id === id) here.push({ of: other_submission_id, name: there });
              const [one, other] = here.sort((a, b) => a.name.localeCompare(b.name)).map(({ of, name }) => <a href={`/app/teaching/assignments/${id}/similarity?of=${of}`}>{name}</a>);
              return (
                <tr key={`${submission_id} ${other_submission_id}`}>
                  <th scope="row">{one} {similarity.and} {other ?? <>{there} <span class="dim">{similarity.earlier}</span></>}</th>
                  <td data-label={similarity.score}>{percent(score)}</td><td data-label={similarity.wordsCommon}>{words}</td>
                </tr>
              );
            })}</tbody>
          </table>
        </div>
      )}
      {next === null ? null : <p class="dim">{similarity.mostAlike(data.length)}</p>}
    </>
  );
}

function Text({ submission, students }: { submission: string; students: readonly Student[] | undefined }) {
  const { similarity } = t().teacher;
  const text = useResource<{ text?: string; user_id: string }>(`/v1/submissions/${submission}`), report = useResource<schemas.SubmissionSimilarity>(`/v1/submissions/${submission}/similarity`);
  return (
    <Read from={text}>
      {({ text: written, user_id }) => <Card title={nameOf(students, user_id)}>{written === undefined ? <Empty>{similarity.noText}</Empty> : <TextWithPassages text={written} similarity={report.data.value} students={students} />}</Card>}
    </Read>
  );
}

function Shown({ assignment: { assignment_id: id, section_id } }: { assignment: Assignment }) {
  const { query } = useLocation(), of = query['of'], { similarity } = t().teacher;
  const from = useResource<Overview>(`/v1/assignments/${id}/similarity`, { everyMs: 5_000 }), students = useStudents(section_id).data.value?.data;
  if (from.error.value?.status === 403) return <Said><p>{similarity.anonymous}</p></Said>;
  return (
    <>
      {of ? <Text key={of} submission={of} students={students} /> : null}
      <Card title={similarity.pairs}><Read from={from}>{(overview) => <Pairs id={id} overview={overview} students={students} />}</Read></Card>
      <Card title={similarity.settings}><Read from={from}>{(overview) => <Settings id={id} overview={overview} from={from} />}</Read></Card>
    </>
  );
}

export default function Similarity({ id = '' }: Record<string, string>) {
  return <AssignmentPage from={useAssignment(id)} id={id}>{(assignment) => <Shown key={id} assignment={assignment} />}</AssignmentPage>;
}
