// The next bell or due instant, big; what is due soon; what was handed in; what is new.
import type { schemas } from '@bellwether/client';
import { has } from '../../api.js';
import { Card, Page } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, Instant, useNow } from '../../kit/time.js';
import { useLive } from '../../live.js';
import { t } from '../../text/index.js';
import { inOrder, isOpen, over, useCurrentAssignments, useGrades, useStandings, type Assignment } from './lists.js';
import { NoticeList, useNotices } from './notice_list.js';
import { AssignmentRow } from './rows.js';
import '../../style/student.css';

const way = (assignment: string) => `${has('student') ? '/app/assignments' : '/app/teaching/assignments'}/${assignment}`;

function Next({ bells, due }: { bells: readonly schemas.Bell[]; due: readonly Assignment[] }) {
  const { today } = t().student, at = useNow();
  const bell = bells.find((one) => Date.parse(one.at) > at), next = due.find(({ due_at }) => Date.parse(due_at) > at);
  if (!bell && !next) return <section class="card coming"><p class="coming-said">{today.nothingNext}</p></section>;
  const bellFirst = bell && (!next || Date.parse(bell.at) < Date.parse(next.due_at));
  return (
    <section class="card coming" aria-label={today.next}>
      <p class="coming-said">{bellFirst ? today.bell : today.due}</p>
      <p class="coming-big"><Countdown to={bellFirst ? bell.at : next!.due_at} /></p>
      <p>{bellFirst ? <Instant at={bell.at} /> : <><Instant at={next!.due_at} />: <a href={way(next!.assignment_id)}>{next!.title}</a> <span class="dim">{next!.section_title}</span></>}</p>
      {bellFirst && next ? <p class="dim">{today.then} <Instant at={next.due_at} />: <a href={way(next.assignment_id)}>{next.title}</a></p> : null}
    </section>
  );
}

function Lists({ assignments, grades }: { assignments: readonly Assignment[]; grades: schemas.OwnGradeList['data'] }) {
  const { today } = t().student, at = useNow(30_000), standing = useStandings(grades);
  const due = assignments.filter((one) => isOpen(standing(one)) && !over(one, at)), done = assignments.filter((one) => !isOpen(standing(one)));
  const shown = due.slice(0, 6);
  return (
    <div>
      <Card title={today.dueSoon}>
        {due.length === 0 ? <Empty>{today.nothingDue}</Empty> : <ul class="list">{shown.map((one) => <AssignmentRow key={one.assignment_id} assignment={one} standing={standing(one)} />)}</ul>}
        {due.length > shown.length ? <p><a href="/app/assignments">{today.all(due.length)}</a></p> : null}
      </Card>
      <Card title={today.done}>
        {done.length === 0 ? <Empty>{today.nothingDone}</Empty> : <ul class="list">{done.slice(-6).reverse().map((one) => <AssignmentRow key={one.assignment_id} assignment={one} standing={standing(one)} />)}</ul>}
      </Card>
    </div>
  );
}

export default function Today() {
  const { today } = t().student;
  const assignments = useCurrentAssignments(), bells = useResource<schemas.BellList>('/v1/bells'), notices = useNotices();
  const grades = useGrades();
  useLive((notice) => { if (notice?.kind !== 'announcement') void grades.reload(); });
  const news = (
    <Card title={today.news}>
      <Read from={notices}>{({ data }) => <NoticeList notices={data.slice(0, 5)} />}</Read>
      <p><a href="/app/notices">{today.allNotices}</a></p>
    </Card>
  );
  return (
    <Page title={t().shell.nav.today} wide>
      <Read from={assignments}>
        {({ data }) => (
          <>
            <Next bells={bells.data.value?.data ?? []} due={inOrder(data)} />
            {has('student') ? <div class="two"><Lists assignments={inOrder(data)} grades={grades.data.value?.data ?? []} />{news}</div> : news}
          </>
        )}
      </Read>
    </Page>
  );
}
