// Of today: what is due soon, and what was handed in.
import type { schemas } from '@bellwether/client';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { Empty } from '../../kit/said.js';
import { useNow } from '../../kit/time.js';
import { useLive } from '../../live.js';
import { t } from '../../text/index.js';
import { isOpen, over, useStandings, type Assignment } from './lists.js';
import { AssignmentRow } from './rows.js';
import '../../style/student.css';

export function ToDo({ assignments, grades }: { assignments: readonly Assignment[]; grades: Resource<schemas.OwnGradeList> }) {
  const { today } = t().student, at = useNow(30_000), standing = useStandings(grades.data.value?.data ?? []);
  useLive((notice) => { if (notice?.kind !== 'announcement') void grades.reload(); });
  const due = assignments.filter((one) => isOpen(standing(one)) && !over(one, at)), done = assignments.filter((one) => !isOpen(standing(one)));
  const shown = due.slice(0, 6);
  return (
    <>
      <Card title={today.dueSoon}>
        {due.length === 0 ? <Empty>{today.nothingDue}</Empty> : <ul class="list">{shown.map((one) => <AssignmentRow key={one.assignment_id} assignment={one} standing={standing(one)} />)}</ul>}
        {due.length > shown.length ? <p><a href="/app/assignments">{today.all(due.length)}</a></p> : null}
      </Card>
      <Card title={today.done}>
        {done.length === 0 ? <Empty>{today.nothingDone}</Empty> : <ul class="list">{done.slice(-6).reverse().map((one) => <AssignmentRow key={one.assignment_id} assignment={one} standing={standing(one)} />)}</ul>}
      </Card>
    </>
  );
}
