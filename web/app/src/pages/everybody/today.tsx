// The next bell or due instant, big; what each role has to do; what is new.
import type { schemas } from '@bellwether/client';
import { has } from '../../api.js';
import { Card, Page } from '../../kit/page.js';
import { Read } from '../../kit/said.js';
import type { Resource } from '../../kit/resource.js';
import { Countdown, Instant, useNow } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { useFirstPage, usePart } from '../student/first_page.js';
import { currentAssignments, inOrder, type Assignment } from '../student/lists.js';
import { ToDo } from '../student/to_do.js';
import { ToMark } from '../teacher/to_mark.js';
import { LessonsToday } from './lessons_today.js';
import { NoticeList, useLiveNotices } from './notice_list.js';
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

function News({ from }: { from: Resource<schemas.NoticePage> }) {
  const { today } = t().everybody, notices = useLiveNotices(from);
  return (
    <Card title={today.news}>
      <Read from={notices}>{({ data }) => <NoticeList notices={data.slice(0, 5)} />}</Read>
      <p><a href="/app/notices">{today.allNotices}</a></p>
    </Card>
  );
}

const whole = <T extends { next: string | null }>(part: T): T | null => (part.next === null ? part : null);

/** A student's come as one page; whoever teaches looks further back than it goes. */
function useToday(teaches: boolean) {
  const one = has('student') && !teaches, page = useFirstPage(one);
  return {
    assignments: usePart(page, one, (of) => whole(of.assignments), ...currentAssignments(teaches ? 30 : 7)),
    grades: usePart(page, one, (of) => whole(of.grades), has('student') ? '/v1/grades' : null, { pages: true }),
    notices: usePart(page, one, (of) => of.notices, '/v1/notices?limit=50'),
    bells: usePart(page, one, (of) => of.bells, '/v1/bells'),
  };
}

export default function Today() {
  const teaches = has('teacher'), studies = has('student'), { assignments, grades, notices, bells } = useToday(teaches);
  return (
    <Page title={t().shell.nav.today} wide>
      <Read from={assignments}>
        {({ data }) => {
          const all = inOrder(data), news = <News from={notices} />;
          return (
            <>
              <Next bells={bells.data.value?.data ?? []} due={all} />
              {teaches || studies ? <LessonsToday /> : null}
              {teaches || studies ? <div class="two"><div>{teaches ? <ToMark assignments={all} /> : null}{studies ? <ToDo assignments={all} grades={grades} /> : null}</div>{news}</div> : news}
            </>
          );
        }}
      </Read>
    </Page>
  );
}
