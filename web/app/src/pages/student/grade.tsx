// One result: points, each item with its feedback, and asking that it be looked at again.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api, now } from '../../api.js';
import { Area, Button, Form, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Known, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { useLive } from '../../live.js';
import { numberText, t } from '../../text/index.js';
import { pointsText } from './grades.js';
import '../../style/student.css';

type OwnGrade = schemas.OwnGrade;

function Items({ items }: { items: schemas.GradeItems }) {
  const { grade: texts } = t().student;
  if (items.length === 0) return null;
  return (
    <Card title={texts.items}>
      <ul class="items">
        {items.map(({ id, title, level, points, points_max, feedback }) => (
          <li key={id}>
            <div class="item-head"><h3 dir="auto">{title}</h3><span class="given">{points === null ? <Known value={null} why={texts.notMarked} /> : t().student.grades.points(numberText(points), numberText(points_max))}</span></div>
            {level ? <p dir="auto">{level}</p> : null}
            {feedback ? <p class="feedback" dir="auto">{feedback}</p> : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Asked once for each released result, while its assignment allows it; one's own request can be taken back. */
function Regrade({ grade, from }: { grade: OwnGrade; from: Resource<OwnGrade> }) {
  const { regrade } = t().student, text = useSignal(''), { assignment_id, regrade_request: request, regrade_until } = grade;
  const asking = useDeed(async (why: string) => {
    await api.post('/v1/assignments/{assignment_id}/regrade-requests', { path: { assignment_id }, body: { text: why } });
    text.value = '';
    await from.reload();
    say(regrade.asked);
  });
  const withdrawing = useDeed(async (regrade_id: string) => {
    await api.post('/v1/regrade-requests/{regrade_id}/withdrawal', { path: { regrade_id } });
    await from.reload();
    say(regrade.withdrawn);
  });
  if (request)
    return (
      <Card title={regrade.title}>
        <p><span class={`chip ${request.state === 'changed' ? 'good' : ''}`}>{regrade.states[request.state]}</span> <span class="dim">{regrade.madeAt} <Instant at={request.made_at} /></span></p>
        <p class="feedback" dir="auto">{request.text}</p>
        {request.answer ? <><h3>{regrade.answer}</h3><p class="feedback" dir="auto">{request.answer}</p></> : null}
        {withdrawing.error.value ? <Fault error={withdrawing.error.value} /> : null}
        {request.state === 'open' ? <><p class="hint">{regrade.withdrawHint}</p><Button quiet busy={withdrawing.busy.value} onPress={() => { void withdrawing.run(request.regrade_id); }}>{regrade.withdraw}</Button></> : null}
      </Card>
    );
  if (!regrade_until || now() >= Date.parse(regrade_until)) return null;
  return (
    <Card title={regrade.title}>
      <p>{regrade.until} <Instant at={regrade_until} />. {regrade.once}</p>
      <Form label={regrade.title} error={asking.error.value} fields={['text']} onSubmit={() => { if (text.value.trim() !== '') void asking.run(text.value); }}>
        <Area label={regrade.why} hint={regrade.whyHint} value={text} rows={5} maxLength={4000} error={asking.of('text')} />
        <div class="actions"><Button type="submit" busy={asking.busy.value} disabled={text.value.trim() === ''}>{regrade.ask}</Button></div>
      </Form>
    </Card>
  );
}

export default function Grade({ id = '' }: Record<string, string>) {
  const { grade: texts } = t().student, grade = useResource<OwnGrade>(`/v1/assignments/${id}/grade`), assignment = useResource<schemas.Assignment>(`/v1/assignments/${id}`);
  useLive((notice) => { if (!notice || notice.assignment_id === id) void grade.reload(); });
  const none = grade.error.value?.status === 404;
  return (
    <Page title={assignment.data.value?.title ?? texts.title} above={<p class="crumb"><a href="/app/grades">{t().shell.nav.grades}</a></p>}>
      {none ? <p>{texts.none} <a href={`/app/assignments/${id}`}>{texts.toAssignment}</a></p> : (
        <Read from={grade}>
          {(data) => (
            <>
              <section class="card" aria-label={texts.title}>
                <p class="points-big">{pointsText(data)}</p>
                <p class="dim">{t().student.grades.released} <Instant at={data.released_at} />{data.number > 1 ? `, ${texts.changed(data.number)}` : ''}</p>
                {data.feedback ? <p class="feedback" dir="auto">{data.feedback}</p> : null}
                <p><a href={`/app/assignments/${id}`}>{texts.toAssignment}</a></p>
              </section>
              <Items items={data.items} />
              <Regrade grade={data} from={grade} />
            </>
          )}
        </Read>
      )}
    </Page>
  );
}
