// Rows that several pages show: an assignment with where it stands.
import { Countdown, Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';
import type { Assignment, Standing } from './lists.js';

const colour: Record<Exclude<Standing, 'unknown' | 'todo'>, string> = { kept: '', received: 'good', recorded: 'good', late: 'bad', refused: 'bad', marked: 'good' };

export function StandingChip({ standing }: { standing: Standing }) {
  return standing === 'unknown' || standing === 'todo' ? null : <span class={`chip ${colour[standing]}`}>{t().student.chips[standing]}</span>;
}

export function AssignmentRow({ assignment, standing }: { assignment: Pick<Assignment, 'assignment_id' | 'title' | 'due_at'> & { section_title?: string }; standing: Standing }) {
  const { assignment_id, title, section_title, due_at } = assignment;
  return (
    <li>
      <a href={`/app/assignments/${assignment_id}`}>
        <strong>{title}</strong>
        {section_title ? <span class="dim">{section_title}</span> : null}
        <span>{t().student.rules.due} <Instant at={due_at} /></span>
        {standing === 'todo' || standing === 'unknown' || standing === 'kept' ? <Countdown to={due_at} /> : null}
        <StandingChip standing={standing} />
      </a>
    </li>
  );
}
