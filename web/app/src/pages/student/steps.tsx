// Where a piece of work stands, unmistakably: kept on this device, received with proof, recorded, marked. Each step says what it means, and the one where
// it stands what to do.
import type { schemas } from '@bellwether/client';
import { online } from '../../api.js';
import { Instant } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';
import { filesMissing, type Attempt } from './attempts.js';
import { FilesGoing } from './file_work.js';

type StepState = 'done' | 'here' | 'next';
function Step({ state, title, children }: { state: StepState; title: string; children: preact.ComponentChildren }) {
  return (
    <li class={`step ${state}`} aria-current={state === 'here' ? 'step' : undefined}>
      <h3>{title} <span class="step-said">{t().student.steps[state]}</span></h3>
      <div>{children}</div>
    </li>
  );
}

/** Why it is not with the server yet, and whether anybody has to do something. */
function Unsent({ reason }: { reason: string | undefined }) {
  const { steps } = t().student;
  if (!online.value || reason === 'unreachable' || reason === 'outcome_unknown') return <p>{steps.keptOffline}</p>;
  if (reason === 'unauthenticated') return <p>{steps.keptSignedOut}</p>;
  if (reason) return <p>{steps.keptBusy}</p>;
  return <p class="waiting">{steps.sending}</p>;
}

function Proof({ attempt }: { attempt: Attempt }) {
  const { steps } = t().student, { entry } = attempt;
  return (
    <>
      <p>{steps.receivedAt} <strong><Instant at={attempt.at} seconds /></strong>{steps.receivedMeans}</p>
      {entry ? <p class={entry.proven === false ? 'wrong' : ''}>{entry.proven === true ? steps.proven : entry.proven === false ? steps.disproved : steps.unproven}</p> : null}
      {attempt.submission_id ? <p><a href={`/app/receipts/${attempt.submission_id}`}>{steps.receipt}</a></p> : null}
    </>
  );
}

/** The four steps of one attempt. */
export function Steps({ attempt, grade }: { attempt: Attempt; grade: schemas.OwnGrade | undefined }) {
  const { steps } = t().student, { state, late } = attempt;
  const at = state === 'kept' ? 0 : state === 'received' ? 1 : grade ? 3 : 2;
  const of = (n: number): StepState => (n < at || (n === 3 && at === 3) ? 'done' : n === at ? 'here' : 'next');
  return (
    <ol class="steps" aria-label={steps.label}>
      <Step state={of(0)} title={steps.kept}>
        {at === 0 ? <><p>{steps.keptMeans}</p><Unsent reason={attempt.reason} /></> : null}
      </Step>
      <Step state={of(1)} title={attempt.entry?.proven === false ? steps.receivedOnly : steps.received}>
        {at === 0 ? <p class="dim">{steps.receivedNext}</p> : <Proof attempt={attempt} />}
        {attempt.entry ? <FilesGoing entry={attempt.entry} /> : filesMissing(attempt) ? <p class="wrong">{t().student.files.elsewhere}</p> : null}
        {at === 1 && !filesMissing(attempt) ? <p class="waiting">{steps.receivedWait}</p> : null}
      </Step>
      <Step state={of(2)} title={steps.recorded}>
        {at < 2 ? <p class="dim">{steps.recordedNext}</p> : <p>{late === undefined ? steps.recordedMeans : late ? <strong class="wrong">{steps.recordedLate}</strong> : steps.recordedInTime}</p>}
      </Step>
      <Step state={of(3)} title={steps.marked}>
        {grade ? <p><a href={`/app/grades/${grade.assignment_id}`}>{steps.result(numberText(grade.points), numberText(grade.points_max))}</a></p> : <p class="dim">{steps.markedNext}</p>}
      </Step>
    </ol>
  );
}

/** It does not count: why, and the way on. */
export function Refused({ attempt }: { attempt: Attempt }) {
  const { refused } = t().student, { reason, detail, submission_id } = attempt;
  const known = reason !== undefined && reason in refused.reasons ? refused.reasons[reason as keyof typeof refused.reasons] : undefined;
  return (
    <div class="said bad refused" role="alert">
      <h3>{refused.title}</h3>
      <p>{known ? known.why : detail ?? reason}</p>
      <p><strong>{refused.wayOn}</strong> {known ? known.wayOn : refused.otherwise}</p>
      {submission_id ? <p><a href={`/app/receipts/${submission_id}`}>{refused.receipt}</a></p> : null}
    </div>
  );
}
