// What there is to mark: which works wait, which are done, and releasing what is ready.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useMemo } from 'preact/hooks';
import { Card } from '../../kit/page.js';
import { Read, Said } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { t } from '../../text/index.js';
import { me } from '../../api.js';
import { inOrder, useAssignment, useMarking, useStudents, useWorks, workName, type Assignment, type Student, type WorkLine } from './data.js';
import { AutomaticPass } from './by_key.js';
import { keptHere } from './mark_drafts.js';
import { AssignmentPage, Search, useChosen } from './parts.js';
import { Release } from './release.js';
import { pointsText } from './rubric.js';
import { filterIn, filters, isReleasable, shownBy, type Filter } from './work_lists.js';

/** Others mark too, and students hand in. */
const everyMs = 15_000;

function Filters({ id, works, chosen }: { id: string; works: readonly WorkLine[]; chosen: Filter }) {
  const { works: words } = t().teacher;
  return (
    <nav class="tabs" aria-label={words.show}>
      {filters.map((filter) => {
        const count = shownBy(works, filter).length;
        return count > 0 || filter === chosen || filter === 'todo' ? <a key={filter} href={`/app/marking/${id}?show=${filter}`} aria-current={filter === chosen ? 'true' : undefined}>{words.filters[filter]} <span class="count">{count}</span></a> : null;
      })}
    </nav>
  );
}

function stateText({ state, lane, handed_in, own_mark, points, released_points }: WorkLine): string {
  const { works } = t().teacher;
  if (lane === 'regrade') return works.asked;
  if (released_points !== null) return points !== null && points !== released_points ? works.changedSince : works.released;
  if (!handed_in && state === 'unmarked') return works.nothing;
  if (own_mark === 'draft') return works.ownDraft;
  return works.states[state];
}

interface Named { work: WorkLine; name: string }
function columnsOf(id: string, filter: Filter, { chosen, set }: Choice, here: ReadonlySet<string>): Column<Named>[] {
  const { works } = t().teacher;
  return [
    { id: 'choose', title: works.release, width: 6, cell: ({ work, name }) => (isReleasable(work)
      ? <input type="checkbox" aria-label={works.choose(name)} checked={chosen.value.has(work.work_id)} onInput={(event) => set(work.work_id, event.currentTarget.checked)} /> : null) },
    { id: 'work', title: works.work, width: 16, cell: ({ work, name }) => (
      <><a href={`/app/marking/${id}/${work.work_id}?show=${filter}`}>{name}</a> {work.late ? <span class="chip bad">{t().teacher.submissions.late}</span> : null}{here.has(work.work_id) ? <span class="chip bad">{works.keptHere}</span> : null}</>) },
    { id: 'state', title: works.state, width: 12, by: ({ work }) => stateText(work), cell: ({ work }) => stateText(work) },
    { id: 'points', title: works.points, width: 6, number: true, by: ({ work }) => work.points, cell: ({ work }) => (work.points === null ? '–' : pointsText(work.points)) },
  ];
}

type Choice = Pick<ReturnType<typeof useChosen>, 'chosen' | 'set'>;
function Works({ id, works, students, filter, ...choice }: { id: string; works: readonly WorkLine[]; students: readonly Student[] | undefined; filter: Filter } & Choice) {
  const { works: words } = t().teacher, wanted = useSignal(''), search = wanted.value.trim().toLocaleLowerCase();
  const named = useMemo(() => shownBy(works, filter).map((work) => ({ work, name: workName(work, students) })), [works, students, filter]);
  const found = useMemo(() => (search === '' ? named : named.filter(({ name }) => name.toLocaleLowerCase().includes(search))), [named, search]);
  return (
    <>
      {named.length > 10 ? <div class="tools"><Search label={words.find} value={wanted.value} onInput={(text) => { wanted.value = text; }} /></div> : null}
      <Table label={words.filters[filter]} rows={found} columns={columnsOf(id, filter, choice, keptHere(me.peek()?.user_id ?? '', id))} rowKey={({ work }) => work.work_id} empty={named.length === 0 ? words.empty[filter] : t().teacher.students.nobody} />
    </>
  );
}

function Shown({ assignment, marking }: { assignment: Assignment; marking: schemas.Marking }) {
  const { works: words } = t().teacher, { assignment_id: id, section_id, title } = assignment;
  const works = useWorks(id, everyMs), students = useStudents(section_id).data.value?.data, choice = useChosen(), filter = filterIn(useLocation().query);
  const read = works.data.value?.data, data = useMemo(() => inOrder(read ?? [], students), [read, students]);
  const again = () => { choice.none(); void works.reload(); };
  return (
    <Read from={works}>
      {() => {
        const first = shownBy(data, 'draft')[0] ?? shownBy(data, 'todo')[0];
        return (
          <>
            {marking.anonymous && !marking.identities_opened_at ? <Said><p>{words.anonymous}</p></Said> : null}
            <div class="actions">{first ? <a class="button" href={`/app/marking/${id}/${first.work_id}`}>{words.begin}</a> : null}</div>
            <Release id={id} title={title} works={data} chosen={[...choice.chosen.value]} onDone={again} />
            <Filters id={id} works={data} chosen={filter} />
            <Card><Works key={filter} id={id} works={data} students={students} filter={filter} chosen={choice.chosen} set={choice.set} /></Card>
            {marking.answer_key ? <AutomaticPass id={id} of={data.length} students={students} works={data} onDone={again} /> : null}
          </>
        );
      }}
    </Read>
  );
}

export default function WorksPage({ assignment: id = '' }: Record<string, string>) {
  const from = useAssignment(id), marking = useMarking(id), { works } = t().teacher;
  return (
    <AssignmentPage from={from} id={id}>
      {(assignment) => (marking.error.value?.status === 404
        ? <Said><p>{works.noScheme}</p><p><a href={`/app/teaching/assignments/${id}/scheme`}>{t().teacher.scheme.title}</a></p></Said>
        : <Read from={marking}>{(scheme) => <Shown assignment={assignment} marking={scheme} />}</Read>)}
    </AssignmentPage>
  );
}
