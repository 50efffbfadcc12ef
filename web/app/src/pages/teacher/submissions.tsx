// What comes in, as it comes: the list grows while it is looked at. Who has handed in nothing, and whether the platform was away meanwhile.
import type { schemas } from '@bellwether/client';
import { useMemo, useRef } from 'preact/hooks';
import { Card } from '../../kit/page.js';
import { Read, Said } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { nameOf, useAssignment, useStudents, useWorks, type Assignment, type List, type Student } from './data.js';
import { AssignmentPage } from './parts.js';

type Recorded = schemas.RecordedSubmission;
const everyMs = 4_000;

function Count({ handedIn, of }: { handedIn: number; of: number }) {
  const { submissions } = t().teacher;
  return <><p class="big" role="status">{submissions.count(handedIn, of)}</p><progress value={handedIn} max={Math.max(of, 1)} aria-label={submissions.count(handedIn, of)} /></>;
}

function Files({ of: { file_counts } }: { of: Recorded }) {
  const { submissions } = t().teacher;
  if (!file_counts) return null;
  const { declared, awaiting, missing, infected } = file_counts;
  return <>{submissions.files(declared)}{awaiting > 0 ? `, ${submissions.awaiting(awaiting)}` : ''}{missing > 0 ? `, ${submissions.missing(missing)}` : ''}{infected > 0 ? `, ${submissions.infected(infected)}` : ''}</>;
}

function State({ of: submission }: { of: Recorded }) {
  const { submissions } = t().teacher, { late, state, reason } = submission;
  if (state === 'refused') return <span class="chip bad">{submissions.refused(submissions.reasons[reason ?? 'not_open'])}</span>;
  return <>{late ? <span class="chip bad">{submissions.late}</span> : submissions.inTime} <Files of={submission} /></>;
}

interface Line { submission: Recorded; name: string; isNew: boolean }
function columns(): Column<Line>[] {
  const { submissions, students } = t().teacher;
  return [
    { id: 'student', title: students.student, width: 14, by: ({ name }) => name, cell: ({ name, isNew }) => <>{name} {isNew ? <span class="chip good">{submissions.isNew}</span> : null}</> },
    { id: 'received', title: submissions.received, width: 10, by: ({ submission }) => Date.parse(submission.received_at), cell: ({ submission }) => <Instant at={submission.received_at} /> },
    { id: 'state', title: submissions.state, width: 12, cell: ({ submission }) => <State of={submission} /> },
  ];
}

/** How many were there when the page was opened: what has come since is new. */
function useSeen(count: number | undefined): number {
  const seen = useRef<number | undefined>(undefined);
  if (seen.current === undefined && count !== undefined) seen.current = count;
  return seen.current ?? 0;
}

function Arriving({ list, students }: { list: readonly Recorded[]; students: readonly Student[] | undefined }) {
  const { submissions } = t().teacher, seen = useSeen(list.length);
  const lines = useMemo(() => list.map((submission, i) => ({ submission, name: nameOf(students, submission.user_id), isNew: i >= seen })).reverse(), [list, students, seen]);
  const handedIn = new Set(list.filter(({ state }) => state === 'recorded').map(({ user_id }) => user_id));
  const without = students?.filter(({ user_id }) => !handedIn.has(user_id));
  return (
    <>
      {students ? <Count handedIn={handedIn.size} of={students.length} /> : null}
      {list.length > seen ? <p class="dim" role="status">{submissions.come(list.length - seen)}</p> : null}
      <Table label={submissions.title} rows={lines} columns={columns()} rowKey={({ submission }) => submission.submission_id} empty={submissions.none} />
      {without && without.length > 0 ? (
        <details class="names"><summary>{submissions.without(without.length)}</summary><ul>{without.map((student) => <li key={student.user_id}>{nameOf(students, student.user_id)}</li>)}</ul></details>
      ) : null}
    </>
  );
}

/** Marked anonymously: who handed in is not told, but how many did. */
function Anonymous({ id }: { id: string }) {
  const works = useWorks(id), { submissions } = t().teacher;
  return <><Said><p>{submissions.anonymous}</p></Said><Read from={works}>{({ data }) => <Count handedIn={data.filter(({ handed_in }) => handed_in).length} of={data.length} />}</Read></>;
}

function Outages({ since }: { since: number }) {
  const { outages } = t().teacher, list = useResource<schemas.OutageList>('/v1/outages', { everyMs: 60_000 });
  const recent = list.data.value?.data.filter(({ ended_at }) => Date.parse(ended_at) > since) ?? [];
  if (recent.length === 0) return null;
  return (
    <Card title={outages.title}>
      <ul>{recent.map(({ outage_id, service, reason, began_at, ended_at, given_back_at, section_extensions, student_extensions }) => (
        <li key={outage_id}>{outages.services[service]}: <Instant at={began_at} /> – <Instant at={ended_at} />. {reason} {given_back_at === null ? outages.underWay : outages.givenBack(section_extensions + student_extensions)}</li>
      ))}</ul>
    </Card>
  );
}

function Shown({ assignment }: { assignment: Assignment }) {
  const { submissions } = t().teacher, { assignment_id: id, due_at, opens_at, late_until } = assignment;
  const list = useResource<List<Recorded>>(`/v1/assignments/${id}/submissions`, { pages: true, everyMs }), students = useStudents(assignment.section_id).data.value?.data;
  const hidden = list.error.value?.status === 403;
  return (
    <>
      <Card>
        <dl class="facts">
          {opens_at ? <><dt>{t().teacher.rules.opensAt}</dt><dd><Instant at={opens_at} /></dd></> : null}
          <dt>{t().teacher.rules.dueAt}</dt><dd><Instant at={due_at} /> <Countdown to={due_at} /></dd>
          {late_until && late_until !== due_at ? <><dt>{t().teacher.rules.lateUntil}</dt><dd><Instant at={late_until} /></dd></> : null}
        </dl>
        <div class="actions"><a class="button" href={`/app/marking/${id}`}>{t().teacher.works.title}</a> <a class="button quiet" href={`/app/teaching/assignments/${id}/edit`}>{t().teacher.extensions.give}</a></div>
      </Card>
      <Card title={submissions.title}>
        {hidden ? <Anonymous id={id} /> : <Read from={list}>{({ data }) => <Arriving list={data} students={students} />}</Read>}
      </Card>
      <Outages since={Date.parse(due_at) - 14 * 86_400_000} />
    </>
  );
}

export default function Submissions({ id = '' }: Record<string, string>) {
  return <AssignmentPage from={useAssignment(id)} id={id}>{(assignment) => <Shown assignment={assignment} />}</AssignmentPage>;
}
