// The next bell or due instant, big; what each role has to do; what is new.
import type { schemas } from '@bellwether/client';
import { has } from '../../api.js';
import { Card, Page } from '../../kit/page.js';
import { Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, Instant, useNow } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { inOrder, useCurrentAssignments, type Assignment } from '../student/lists.js';
import { ToDo } from '../student/to_do.js';
import { ToMark } from '../teacher/to_mark.js';
import { LessonsToday } from './lessons_today.js';
import { NoticeList, useNotices } from './notice_list.js';
import '../../style/everybody.css';

const way = (assignment: string) => `${has('student') ? '/app/assignments' : '/app/teaching/assignments'}/${assignment}`;

function Next({ bells, due }: { bells: readonly schemas.Bell[]; due: readonly Assignment[] }) {
  const { today } = t().everybody, at = useNow();
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

function News() {
  const { today } = t().everybody, notices = useNotices();
  return (
    <Card title={today.news}>
      <Read from={notices}>{({ data }) => <NoticeList notices={data.slice(0, 5)} />}</Read>
      <p><a href="/app/notices">{today.allNotices}</a></p>
    </Card>
  );
}

export default function Today() {
  const teaches = has('teacher'), studies = has('student');
  const assignments = useCurrentAssignments(teaches ? 30 : 7), bells = useResource<schemas.BellList>('/v1/bells');
  return (
    <Page title={t().shell.nav.today} wide>
      <Read from={assignments}>
        {({ data }) => {
          const all = inOrder(data);
          return (
            <>
              <Next bells={bells.data.value?.data ?? []} due={all} />
              {teaches || studies ? <LessonsToday /> : null}
              {teaches || studies ? <div class="two"><div>{teaches ? <ToMark assignments={all} /> : null}{studies ? <ToDo assignments={all} /> : null}</div><News /></div> : <News />}
            </>
          );
        }}
      </Read>
    </Page>
  );
}
