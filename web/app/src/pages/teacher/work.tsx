// One work beside its marking: what was handed in, what it has in common with others, what others have marked, what its student asks.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { api, me } from '../../api.js';
import { Button, useDeed } from '../../kit/form.js';
import { bytesText } from '../../kit/figure.js';
import { Page } from '../../kit/page.js';
import { Empty, Fault, Read, ServerWords } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { inOrder, useAssignment, useMarking, useStudents, useWorks, workName, type Assignment, type Student, type WorkLine } from './data.js';
import { MarkForm } from './marking.js';
import { editOf, itemIn, keeperOf, type Mark } from './mark_keeper.js';
import { TextWithPassages } from './passages.js';
import { Regrade } from './regrade.js';
import { criteriaOf, pointsText } from './rubric.js';
import { filterIn, neighbour, savedOf, shownBy } from './work_lists.js';
import '../../style/teacher.css';

type Work = schemas.Work;

function Files({ files }: { files: readonly schemas.SubmissionFile[] }) {
  const { work } = t().teacher;
  const opening = useDeed(async (file: schemas.SubmissionFile) => {
    const { body } = await api.post('/v1/submission-files/{file_id}/link', { path: { file_id: file.file_id } });
    const link = document.createElement('a');
    [link.href, link.download] = [body.path, file.name];
    link.click();
  });
  return (
    <>
      <ul class="lines">{files.map((file) => (
        <li key={file.file_id}>
          {file.state === 'arrived' || file.state === 'clean' || file.state === 'not_scanned' ? <Button quiet onPress={() => { void opening.run(file); }}>{file.name}</Button> : <strong>{file.name}</strong>}
          <span class="dim">{bytesText(file.size)}, {work.fileStates[file.state]}{file.late ? `, ${t().teacher.submissions.late}` : ''}{file.finding ? <>: <ServerWords text={file.finding} /></> : ''}</span>
        </li>
      ))}</ul>
      {opening.error.value ? <Fault error={opening.error.value} /> : null}
    </>
  );
}

function Answers({ answers, assignment }: { answers: Record<string, unknown>; assignment: Assignment }) {
  const asked = (assignment.questions ?? []) as readonly { id?: string }[], ids = asked.length > 0 ? asked.map(({ id = '' }) => id) : Object.keys(answers);
  return <dl class="facts">{ids.map((id) => <><dt>{id}</dt><dd class="written" dir="auto">{answers[id] === undefined ? <span class="missing">{t().teacher.work.noAnswer}</span> : String(answers[id])}</dd></>)}</dl>;
}

function HandedIn({ work, assignment, students }: { work: Work; assignment: Assignment; students: readonly Student[] | undefined }) {
  const similarity = useResource<schemas.SubmissionSimilarity>(work.submission_id && work.text !== undefined ? `/v1/submissions/${work.submission_id}/similarity` : null);
  const { work: words } = t().teacher;
  if (!work.handed_in) return <Empty>{words.nothing}</Empty>;
  return (
    <>
      <p class="dim">{work.received_at ? <Instant at={work.received_at} /> : words.anonymous} {work.late ? <span class="chip bad">{t().teacher.submissions.late}</span> : null}</p>
      {work.text !== undefined ? <TextWithPassages text={work.text} similarity={similarity.data.value} students={students} /> : null}
      {work.answers ? <Answers answers={work.answers as Record<string, unknown>} assignment={assignment} /> : null}
      {work.files ? <Files files={work.files} /> : null}
    </>
  );
}

/** Another's mark, as it may be seen. */
function OtherMark({ mark, marking }: { mark: Mark; marking: schemas.Marking }) {
  const { work } = t().teacher, edit = editOf(mark);
  return (
    <details class="criterion">
      <summary>{work.marks[mark.kind]}: {mark.total === null ? work.draft : pointsText(mark.total)}</summary>
      <dl class="facts">{criteriaOf(marking).map(({ id, title, levels }) => {
        const { level, points, feedback } = itemIn(edit, id);
        return <><dt>{title}</dt><dd class="written">{levels.find((one) => one.id === level)?.title ?? (points === undefined ? '–' : pointsText(points))} {feedback}</dd></>;
      })}</dl>
      {mark.feedback ? <p class="written">{mark.feedback}</p> : null}
    </details>
  );
}

function History({ id, work }: { id: string; work: string }) {
  const grades = useResource<schemas.GradeHistory>(`/v1/assignments/${id}/works/${work}/grades`), { work: words } = t().teacher;
  const list = grades.data.value?.data ?? [];
  return list.length === 0 ? null : (
    <details><summary>{words.told(list.length)}</summary><ol>{list.map(({ number, released_at, points, points_max, reason }) => (
      <li key={number}><Instant at={released_at} />: {words.total(pointsText(points), pointsText(points_max))} {reason}</li>))}</ol></details>
  );
}

interface MarkedOptions { assignment: Assignment; marking: schemas.Marking; work: Work; name: string; students: readonly Student[] | undefined; focus: boolean; onNext: () => void; onSaved: (done: boolean) => void; onUndone: () => void }
function Marked({ assignment, marking, work, name, focus, onNext, onSaved, onUndone }: MarkedOptions) {
  const { work: words } = t().teacher, id = assignment.assignment_id, two = marking.second_marking_tolerance !== null, own = me.value?.user_id;
  const agrees = two && (work.state === 'differs' || work.marks.some(({ kind }) => kind === 'agreed'));
  const mine = agrees ? work.marks.find(({ kind }) => kind === 'agreed') : work.marks.find(({ kind, marker_id }) => (two ? marker_id === own && (kind === 'first' || kind === 'second') : kind === 'first'));
  const automatic = work.marks.find(({ kind }) => kind === 'automatic');
  const keeper = useMemo(() => keeperOf({ assignment: id, work: work.work_id, kind: agrees ? 'agreed' : 'mark' },
    mine, mine ? undefined : automatic && !agrees ? editOf(automatic) : undefined), [id, work.work_id, agrees]);
  useEffect(() => { keeper.learn(mine); }, [mine?.version]);
  useEffect(() => { keeper.enter(); return () => keeper.leave(); }, [keeper]);
  const aside = (question: string) => {
    const found = automatic?.items.find((item) => item.id === question);
    return found?.points === undefined ? undefined : words.byKey(pointsText(found.points));
  };
  return (
    <>
      <h2>{agrees ? words.agreed : words.marking}</h2>
      {agrees ? <p class="hint">{words.agreedHint}</p> : two ? <p class="hint">{words.twoMark}</p> : null}
      {work.marks.filter((mark) => mark !== mine && (agrees || mark.kind !== 'automatic')).map((mark) => <OtherMark key={mark.kind} mark={mark} marking={marking} />)}
      <MarkForm key={work.work_id} marking={marking} keeper={keeper} name={name} focus={focus} onDone={onNext} onSaved={onSaved} onUndone={onUndone} {...(automatic && { aside })} />
      <History id={id} work={work.work_id} />
    </>
  );
}

/** The works around this one, and going there by keyboard. */
function useNeighbours(id: string, work: string, list: readonly WorkLine[]) {
  const { route, query } = useLocation(), filter = filterIn(query), show = query['show'] ? `?show=${filter}` : '';
  const next = neighbour(list, work, filter, 1), previous = neighbour(list, work, filter, -1);
  const to = (line: WorkLine) => `/app/marking/${id}/${line.work_id}${show}`;
  useEffect(() => {
    const byKey = (event: KeyboardEvent) => {
      const line = event.altKey && event.key === 'PageDown' ? next : event.altKey && event.key === 'PageUp' ? previous : undefined;
      if (!line) return;
      event.preventDefault();
      route(to(line));
    };
    addEventListener('keydown', byKey);
    return () => removeEventListener('keydown', byKey);
  });
  return { next, previous, to, back: `/app/marking/${id}${show}`, route };
}

/** A panel as high as what is seen of it, so that what ends a work is never beyond the screen's edge. */
function usePanelInSight() {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const fit = () => {
      const element = panel.current, top = Math.max(8, element?.parentElement?.getBoundingClientRect().top ?? 0);
      element?.style.setProperty('--in-sight', `${Math.max(innerHeight / 2, innerHeight - top)}px`);
    };
    fit();
    addEventListener('scroll', fit, { passive: true });
    addEventListener('resize', fit);
    return () => { removeEventListener('scroll', fit); removeEventListener('resize', fit); };
  });
  return panel;
}

function Shown({ assignment, marking, work: id, works }: { assignment: Assignment; marking: schemas.Marking; work: string; works: ReturnType<typeof useWorks> }) {
  const { work: words } = t().teacher, students = useStudents(assignment.section_id).data.value?.data, read = works.data.value?.data;
  const list = useMemo(() => inOrder(read ?? [], students), [read, students]);
  const work = useResource<Work>(`/v1/assignments/${assignment.assignment_id}/works/${id}`), marks = useSignal(false);
  const { next, previous, to, back, route } = useNeighbours(assignment.assignment_id, id, list);
  const panel = usePanelInSight();
  const line = list.find(({ work_id }) => work_id === id), name = line ? workName(line, students) : words.title;
  useEffect(() => { document.title = `${name} – ${assignment.title}`; }, [name]);
  /** The list is long, so it is not read again for each word. */
  const told = (done: boolean) => {
    const before = works.data.peek(), two = marking.second_marking_tolerance !== null;
    if (before) works.set({ ...before, data: before.data.map((one) => (one.work_id === id ? savedOf(one, done, two) : one)) });
  };
  const saved = (done: boolean) => { told(done); void work.reload(); };
  const onNext = () => {
    told(true);
    const after = neighbour(list, id, 'todo', 1) ?? shownBy(list, 'todo').find(({ work_id }) => work_id !== id);
    marks.value = true;
    if (after) route(to(after)); else { say(words.allDone); route(`/app/marking/${assignment.assignment_id}?show=done`); }
  };
  return (
    <>
      <nav class="tools" aria-label={words.works}>
        {previous ? <a class="button quiet" href={to(previous)} aria-keyshortcuts="Alt+PageUp">{words.previous}</a> : null}
        {next ? <a class="button quiet" href={to(next)} aria-keyshortcuts="Alt+PageDown">{words.next}</a> : null}
        <a href={back}>{words.list}</a>
      </nav>
      <Read from={work}>
        {(shown) => (shown.work_id !== id ? null : (
          <div class="marking">
            <section class="card work" aria-label={words.handedIn}><h2>{name}</h2><HandedIn work={shown} assignment={assignment} students={students} /></section>
            <section ref={panel} class="card panel" aria-label={words.marking}>
              {shown.lane === 'regrade' ? <Regrade id={assignment.assignment_id} work={shown} onDone={() => { void work.reload(); void works.reload(); }} /> : null}
              <Marked assignment={assignment} marking={marking} work={shown} name={name} students={students} focus={marks.value} onNext={onNext} onSaved={saved} onUndone={() => { if (line) route(to(line)); }} />
            </section>
          </div>
        ))}
      </Read>
    </>
  );
}

export default function WorkPage({ assignment: id = '', work = '' }: Record<string, string>) {
  const assignment = useAssignment(id), marking = useMarking(id), works = useWorks(id), about = assignment.data.value;
  return (
    <Page wide title={about?.title ?? t().teacher.assignment}
      above={<p class="trail"><a href="/app/teaching">{t().shell.nav.teaching}</a>{about ? <> / <a href={`/app/teaching/${about.section_id}`}>{about.section_title}</a> / <a href={`/app/marking/${id}`}>{t().teacher.works.title}</a></> : null}</p>}>
      <Read from={assignment}>{(known) => <Read from={marking}>{(scheme) => <Shown assignment={known} marking={scheme} work={work} works={works} />}</Read>}</Read>
    </Page>
  );
}
