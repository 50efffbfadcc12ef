// The teacher's sections: what is due next, and what waits to be marked.
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import { Card, Page } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { latelyDue, useWorks, type Assignment, type List } from './data.js';
import { isToMark } from './work_lists.js';
import '../../style/teacher.css';

const askedOf = 6;

/** How much waits; nothing is said of an assignment of which nobody has said yet how it is marked. */
function ToMark({ id }: { id: string }) {
  const works = useWorks(id), list = works.data.value?.data;
  if (!list) return null;
  const waiting = list.filter(isToMark).length;
  return <a class={`chip ${waiting === 0 ? 'good' : ''}`} href={`/app/marking/${id}`}>{waiting === 0 ? t().teacher.works.nothingToMark : t().teacher.works.toMarkCount(waiting)}</a>;
}

function Line({ assignment: { assignment_id, title, due_at }, asks }: { assignment: Assignment; asks: boolean }) {
  return (
    <li>
      <a href={`/app/teaching/assignments/${assignment_id}`}>{title}</a>
      <span class="dim"><Instant at={due_at} /> <Countdown to={due_at} /></span>
      {asks ? <ToMark id={assignment_id} /> : <a class="small" href={`/app/marking/${assignment_id}`}>{t().teacher.works.title}<span class="unseen"> {title}</span></a>}
    </li>
  );
}

/** What comes next first, then what is over, the newest first. */
function inOrder(assignments: readonly Assignment[]): Assignment[] {
  const over = assignments.filter(({ due_at }) => Date.parse(due_at) < now()), coming = assignments.filter((one) => !over.includes(one));
  return [...coming, ...over.reverse()];
}

interface Group { section_id: string; title: string; assignments: Assignment[] }
const grouped = (lines: readonly schemas.SectionLine[], assignments: readonly Assignment[]): Group[] => lines
  .filter(({ roles }) => roles.includes('teacher'))
  .map(({ section_id, title }) => ({ section_id, title, assignments: assignments.filter((one) => one.section_id === section_id) }));

export default function Sections() {
  const { teacher } = t();
  const lines = useResource<List<schemas.SectionLine>>('/v1/sections', { pages: true }), assignments = useResource<List<Assignment>>('/v1/assignments', { pages: true });
  return (
    <Page title={t().shell.nav.teaching}>
      <Read from={assignments}>
        {({ data }: schemas.AssignmentPage) => {
          const asked = new Set(latelyDue(data, askedOf).map(({ assignment_id }) => assignment_id));
          const groups = grouped(lines.data.value?.data ?? [], data);
          return groups.length === 0 && lines.data.value ? <Empty>{teacher.noSections}</Empty> : groups.map((group) => (
            <Card key={group.section_id} title={group.title} actions={<span class="links"><a href={`/app/teaching/${group.section_id}`}>{teacher.page}</a> <a href={`/app/teaching/${group.section_id}/students`}>{teacher.students.title}</a></span>}>
              <ul class="lines">{inOrder(group.assignments).map((one) => <Line key={one.assignment_id} assignment={one} asks={asked.has(one.assignment_id)} />)}</ul>
            </Card>
          ));
        }}
      </Read>
    </Page>
  );
}
