// Of today: what comes in and what waits to be marked, an assignment a row.
import type { schemas } from '@bellwether/client';
import { has, now } from '../../api.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty } from '../../kit/said.js';
import { Countdown, Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { latelyDue, useWorks, type Assignment, type List } from './data.js';
import { isToMark } from './work_lists.js';

const most = 8;

function Row({ assignment: { assignment_id: id, title, section_title, due_at } }: { assignment: Assignment }) {
  const { today, works: words, submissions } = t().teacher, works = useWorks(id), list = works.data.value?.data;
  const undecided = works.error.value?.status === 404; // nobody has said how it is marked
  const come = useResource<List<schemas.RecordedSubmission>>(undecided ? `/v1/assignments/${id}/submissions` : null, { pages: true }).data.value?.data;
  const waiting = list?.filter(isToMark).length;
  return (
    <li>
      <a href={undecided ? `/app/teaching/assignments/${id}` : `/app/marking/${id}`}>
        <strong dir="auto">{title}</strong>
        <span class="dim">{section_title}</span>
        <span>{t().student.rules.due} <Instant at={due_at} /></span>
        {Date.parse(due_at) > now() ? <Countdown to={due_at} /> : null}
        {list ? <span>{submissions.count(list.filter(({ handed_in }) => handed_in).length, list.length)}</span> : null}
        {come ? <span>{today.come(new Set(come.filter(({ state }) => state === 'recorded').map(({ user_id }) => user_id)).size)}</span> : null}
        {waiting !== undefined ? <span class={`chip ${waiting === 0 ? 'good' : ''}`}>{waiting === 0 ? words.nothingToMark : words.toMarkCount(waiting)}</span> : null}
        {undecided ? <span class="chip">{today.undecided}</span> : null}
      </a>
    </li>
  );
}

/** `assignments`: of whoever teaches, by due instant; who studies elsewhere has others among them. */
export function ToMark({ assignments }: { assignments: readonly Assignment[] }) {
  const { today } = t().teacher, studies = has('student');
  const lines = useResource<List<schemas.SectionLine>>(studies ? '/v1/sections' : null, { pages: true }).data.value?.data;
  const teaches = (section: string) => !studies || lines?.some(({ section_id, roles }) => section_id === section && roles.includes('teacher'));
  const shown = latelyDue(assignments.filter(({ section_id }) => teaches(section_id)), most).reverse();
  return (
    <Card title={today.toMark}>
      {shown.length === 0 ? <Empty>{today.nothing}</Empty> : <ul class="list">{shown.map((one) => <Row key={one.assignment_id} assignment={one} />)}</ul>}
      <p><a href="/app/teaching">{today.all}</a></p>
    </Card>
  );
}
