// What there is to mark: which works wait, which are done, and releasing what is ready.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { Card } from '../../kit/page.js';
import { Empty, Read, Said } from '../../kit/said.js';
import { t } from '../../text/index.js';
import { inOrder, useAssignment, useMarking, useStudents, useWorks, workName, type Assignment, type Student, type WorkLine } from './data.js';
import { AutomaticPass } from './by_key.js';
import { keptHere } from './mark_keeper.js';
import { AssignmentPage, Search, useChosen } from './parts.js';
import { Release } from './release.js';
import { pointsText } from './rubric.js';
import { filterIn, filters, isReleasable, shownBy, type Filter } from './work_lists.js';

const shownAtFirst = 200;

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

interface RowOptions { work: WorkLine; name: string; to: string; here: boolean; chosen: boolean; onChoose: (on: boolean) => void }
function Row({ work, name, to, here, chosen, onChoose }: RowOptions) {
  const { works } = t().teacher;
  return (
    <tr>
      <td class="tick">{isReleasable(work) ? <input type="checkbox" aria-label={works.choose(name)} checked={chosen} onInput={(event) => onChoose(event.currentTarget.checked)} /> : null}</td>
      <th scope="row"><a href={to}>{name}</a> {work.late ? <span class="chip bad">{t().teacher.submissions.late}</span> : null}{here ? <span class="chip bad">{works.keptHere}</span> : null}</th>
      <td>{stateText(work)}</td>
      <td>{work.points === null ? '–' : pointsText(work.points)}</td>
    </tr>
  );
}

function Table({ id, works, students, filter, chosen, set }: { id: string; works: readonly WorkLine[]; students: readonly Student[] | undefined; filter: Filter } & Pick<ReturnType<typeof useChosen>, 'chosen' | 'set'>) {
  const { works: words } = t().teacher, wanted = useSignal(''), all = useSignal(false), here = keptHere(id);
  const named = shownBy(works, filter).map((work) => ({ work, name: workName(work, students) }));
  const search = wanted.value.trim().toLocaleLowerCase(), found = search === '' ? named : named.filter(({ name }) => name.toLocaleLowerCase().includes(search));
  const shown = all.value ? found : found.slice(0, shownAtFirst);
  if (named.length === 0) return <Empty>{words.empty[filter]}</Empty>;
  return (
    <>
      <div class="tools"><Search label={words.find} value={wanted.value} onInput={(text) => { wanted.value = text; }} /></div>
      <div class="table-wrap" role="region" aria-label={words.filters[filter]} tabIndex={0}>
        <table>
          <thead><tr><td /><th scope="col">{words.work}</th><th scope="col">{words.state}</th><th scope="col">{words.points}</th></tr></thead>
          <tbody>{shown.map(({ work, name }) => (
            <Row key={work.work_id} work={work} name={name} to={`/app/marking/${id}/${work.work_id}?show=${filter}`} here={here.has(work.work_id)} chosen={chosen.value.has(work.work_id)} onChoose={(on) => set(work.work_id, on)} />
          ))}</tbody>
        </table>
      </div>
      {shown.length < found.length ? <button type="button" class="button quiet" onClick={() => { all.value = true; }}>{t().shell.more}</button> : null}
    </>
  );
}

function Shown({ assignment, marking }: { assignment: Assignment; marking: schemas.Marking }) {
  const { works: words } = t().teacher, { assignment_id: id, section_id, title } = assignment;
  const works = useWorks(id), students = useStudents(section_id).data.value?.data, choice = useChosen(), filter = filterIn(useLocation().query);
  const again = () => { choice.none(); void works.reload(); };
  return (
    <Read from={works}>
      {({ data: unordered }) => {
        const data = inOrder(unordered, students), first = shownBy(data, 'draft')[0] ?? shownBy(data, 'todo')[0];
        return (
          <>
            {marking.anonymous && !marking.identities_opened_at ? <Said><p>{words.anonymous}</p></Said> : null}
            <div class="actions">{first ? <a class="button" href={`/app/marking/${id}/${first.work_id}`}>{words.begin}</a> : null}</div>
            <Filters id={id} works={data} chosen={filter} />
            <Card><Table key={filter} id={id} works={data} students={students} filter={filter} {...choice} /></Card>
            {marking.answer_key ? <AutomaticPass id={id} of={data.length} students={students} works={data} onDone={again} /> : null}
            <Release id={id} title={title} works={data} chosen={[...choice.chosen.value]} onDone={again} />
          </>
        );
      }}
    </Read>
  );
}

export default function Works({ assignment: id = '' }: Record<string, string>) {
  const from = useAssignment(id), marking = useMarking(id), { works } = t().teacher;
  return (
    <AssignmentPage from={from} id={id}>
      {(assignment) => (marking.error.value?.status === 404
        ? <Said><p>{works.noScheme}</p><p><a href={`/app/teaching/assignments/${id}/scheme`}>{t().teacher.scheme.title}</a></p></Said>
        : <Read from={marking}>{(scheme) => <Shown assignment={assignment} marking={scheme} />}</Read>)}
    </AssignmentPage>
  );
}
