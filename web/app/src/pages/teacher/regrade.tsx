// What a student asks about a grade, and the answer.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api } from '../../api.js';
import { Area, Button, Form, useDeed } from '../../kit/form.js';
import { Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { type List } from './data.js';

function Answer({ request: { regrade_id, text, made_at }, differs, onDone }: { request: schemas.RegradeRequest; differs: boolean; onDone: () => void }) {
  const { regrade } = t().teacher, answer = useSignal('');
  const deciding = useDeed(async (outcome: 'upheld' | 'changed') => {
    await api.post('/v1/regrade-requests/{regrade_id}/decision', { path: { regrade_id }, body: { outcome, answer: answer.value.trim() } });
    say(outcome === 'upheld' ? regrade.wasUpheld : regrade.wasChanged);
    onDone();
  });
  return (
    <Form label={regrade.title} onSubmit={() => undefined} error={deciding.error.value} fields={['answer']}>
      <h3>{regrade.title} <span class="dim small"><Instant at={made_at} /></span></h3>
      <blockquote class="written" dir="auto">{text}</blockquote>
      <Area label={regrade.answer} rows={3} value={answer} maxLength={4000} error={deciding.of('answer')} />
      <p class="hint">{differs ? regrade.changedHint : regrade.hint}</p>
      <div class="actions"><Button quiet busy={deciding.busy.value} onPress={() => { void deciding.run('upheld'); }}>{regrade.uphold}</Button>
        <Button busy={deciding.busy.value} disabled={!differs} onPress={() => { void deciding.run('changed'); }}>{regrade.change}</Button></div>
    </Form>
  );
}

export function Regrade({ id, work, onDone }: { id: string; work: schemas.Work; onDone: () => void }) {
  const requests = useResource<List<schemas.RegradeRequest>>(`/v1/assignments/${id}/regrade-requests?state=open`, { pages: true });
  const differs = work.state === 'ready' && work.points !== work.released_points;
  return (
    <Read from={requests}>
      {({ data }) => data.filter(({ work_id }) => work_id === work.work_id).map((request) => <Answer key={request.regrade_id} request={request} differs={differs} onDone={() => { void requests.reload(); onDone(); }} />)}
    </Read>
  );
}
