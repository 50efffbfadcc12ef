// One assignment: what is asked and until when, the work, and where it stands.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Read, Said } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { useLive } from '../../live.js';
import { t } from '../../text/index.js';
import { Asked, usePhase, type Phase } from './asked.js';
import { filesMissing, useAttempts, type Attempt } from './attempts.js';
import { FileWorkForm } from './file_work.js';
import { Refused, Steps } from './steps.js';
import { WorkForm } from './work.js';
import '../../style/student.css';

type Assignment = schemas.Assignment;
function Earlier({ attempts }: { attempts: readonly Attempt[] }) {
  const { earlier } = t().student;
  if (attempts.length === 0) return null;
  return (
    <Card title={earlier.title(attempts.length)}>
      <p class="dim">{earlier.which}</p>
      <ul class="attempts">
        {attempts.map(({ key, at, state, late, submission_id, reason }) => (
          <li key={key}>
            <Instant at={at} seconds /> <span class={`chip ${state === 'refused' ? 'bad' : state === 'kept' ? '' : 'good'}`}>{earlier.state[state]}</span>
            {late ? <> <span class="chip bad">{earlier.late}</span></> : null}
            {state === 'refused' && reason && reason in t().student.refused.reasons ? <span class="dim"> {t().student.refused.reasons[reason as keyof Texts].why}</span> : null}
            {submission_id ? <> <a href={`/app/receipts/${submission_id}`}>{t().student.steps.receipt}</a></> : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
type Texts = ReturnType<typeof t>['student']['refused']['reasons'];

function Standing({ attempt, grade, focus }: { attempt: Attempt; grade: schemas.OwnGrade | undefined; focus: boolean }) {
  const { headline } = t().student, heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { if (focus) heading.current?.focus(); }, [focus]);
  const state = attempt.state === 'recorded' && grade ? 'marked' : filesMissing(attempt) ? 'sending' : attempt.state === 'recorded' && attempt.late ? 'late' : attempt.state;
  return (
    <section class={`card standing ${state}`}>
      <h2 ref={heading} tabIndex={-1}>{t().student.standing}</h2>
      <p class="headline" role="status">{state === 'received' && attempt.entry?.proven === false ? headline.receivedOnly : headline[state]}</p>
      {attempt.state === 'refused' ? <Refused attempt={attempt} /> : <Steps attempt={attempt} grade={grade} />}
    </section>
  );
}

function Closed({ assignment, phase }: { assignment: Assignment; phase: Phase }) {
  const { closed } = t().student;
  if (phase === 'before') return <Said>{closed.before}</Said>;
  if (phase === 'closed') return <Said kind="bad">{closed.over}</Said>;
  return assignment.attempts_left === 0 ? <Said>{closed.attempts}</Said> : null;
}

function Work({ assignment, attempts, grade }: { assignment: Assignment; attempts: Attempt[]; grade: schemas.OwnGrade | undefined }) {
  const phase = usePhase(assignment), again = useSignal(false), handedIn = useSignal(false);
  const { work } = t().student, [latest, ...before] = attempts;
  const waiting = latest !== undefined && (latest.state === 'kept' || latest.state === 'received');
  const may = (phase === 'open' || phase === 'late') && assignment.attempts_left !== 0;
  const Form = assignment.kind === 'file' ? FileWorkForm : WorkForm;
  const writes = may && (latest === undefined || latest.state === 'refused' || again.value);
  return (
    <>
      <Asked assignment={assignment} phase={phase} />
      {latest ? <Standing attempt={latest} grade={grade} focus={handedIn.value} /> : null}
      {may ? null : <Closed assignment={assignment} phase={phase} />}
      {writes ? (
        <Card title={latest ? work.again : work.title}>
          <Form assignment={assignment} late={phase === 'late'} onHandedIn={() => { again.value = false; handedIn.value = true; }} onCancel={again.value ? () => { again.value = false; } : undefined} />
        </Card>
      ) : null}
      {may && !writes && !waiting ? <Button quiet onPress={() => { again.value = true; handedIn.value = false; }}>{work.again}</Button> : null}
      <Earlier attempts={before} />
    </>
  );
}

export default function AssignmentPage({ id = '' }: Record<string, string>) {
  const assignment = useResource<Assignment>(`/v1/assignments/${id}`);
  const { attempts, recorded } = useAttempts(id);
  const over = attempts.filter(({ state }) => state === 'recorded' || state === 'refused').length, before = useRef(over);
  const grade = useResource<schemas.OwnGrade>(over > 0 ? `/v1/assignments/${id}/grade` : null);
  useEffect(() => { // judged while this page is open: attempts are fewer, and the record has it
    if (over > before.current && attempts.some(({ recorded: row }) => !row)) { void assignment.reload(); void recorded.reload(); }
    before.current = over;
  }, [over]);
  useLive((notice) => { if (!notice || notice.assignment_id === id) void grade.reload(); });
  const { title, section_id, section_title } = assignment.data.value ?? {};
  return (
    <Page title={title ?? t().student.assignment} above={section_id ? <p class="crumb"><a href={`/app/sections/${section_id}`}>{section_title}</a></p> : null}>
      <Read from={assignment}>{(data) => <Work assignment={data} attempts={attempts} grade={grade.data.value} />}</Read>
    </Page>
  );
}
