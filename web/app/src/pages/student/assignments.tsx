// All assignments: those to do, those handed in, those marked.
import { useSignal } from '@preact/signals';
import { Card, Page } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { useNow } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';
import { inOrder, isOpen, over, useAllAssignments, useGrades, useStandings, type Assignment, type OwnGradeRow, type Standing } from './lists.js';
import { AssignmentRow } from './rows.js';
import '../../style/student.css';

type Filter = 'due' | 'handedIn' | 'marked' | 'missed';
const filters: readonly Filter[] = ['due', 'handedIn', 'marked', 'missed'];

function filterOf(assignment: Assignment, standing: Standing, at: number): Filter {
  if (standing === 'marked') return 'marked';
  if (!isOpen(standing)) return 'handedIn';
  return over(assignment, at) ? 'missed' : 'due';
}

function Filtered({ assignments, grades }: { assignments: readonly Assignment[]; grades: readonly OwnGradeRow[] }) {
  const { assignments: texts } = t().student, chosen = useSignal<Filter>('due'), at = useNow(30_000);
  const standing = useStandings(grades);
  const groups: Record<Filter, Assignment[]> = { due: [], handedIn: [], marked: [], missed: [] };
  for (const one of assignments) groups[filterOf(one, standing(one), at)].push(one);
  const shown = chosen.value === 'due' ? groups.due : [...groups[chosen.value]].reverse();
  return (
    <>
      <div class="kinds" role="group" aria-label={texts.show}>
        {filters.map((filter) => (
          <button key={filter} type="button" class="filter" aria-pressed={chosen.value === filter} onClick={() => { chosen.value = filter; }}>
            {texts.filters[filter]} <span class="dim">{numberText(groups[filter].length)}</span>
          </button>
        ))}
      </div>
      {shown.length === 0 ? <Card><Empty>{texts.none[chosen.value]}</Empty></Card>
        : <ul class="list">{shown.map((one) => <AssignmentRow key={one.assignment_id} assignment={one} standing={standing(one)} />)}</ul>}
    </>
  );
}

export default function Assignments() {
  const assignments = useAllAssignments(), grades = useGrades();
  return (
    <Page title={t().shell.nav.assignments}>
      <Read from={assignments}>{({ data }) => <Filtered assignments={inOrder(data)} grades={grades.data.value?.data ?? []} />}</Read>
    </Page>
  );
}
