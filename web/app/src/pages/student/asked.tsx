// What an assignment asks, and until when: as students see it, and their teacher before them.
import type { schemas } from '@bellwether/client';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../../api.js';
import { Card } from '../../kit/page.js';
import { Said } from '../../kit/said.js';
import { Countdown, Instant } from '../../kit/time.js';
import { Written } from '../../kit/written.js';
import { t } from '../../text/index.js';
import '../../style/student.css';

type Assignment = schemas.Assignment;
export type Phase = 'before' | 'open' | 'late' | 'closed';

function phaseOf({ opens_at, due_at, late_until }: Assignment, at: number): Phase {
  if (opens_at && at < Date.parse(opens_at)) return 'before';
  if (at < Date.parse(due_at)) return 'open';
  return late_until && at >= Date.parse(late_until) ? 'closed' : 'late';
}

/** By the server's clock, changing at the moment that it says. */
export function usePhase(assignment: Assignment): Phase {
  const [, again] = useState(0), at = now();
  useEffect(() => {
    const next = [assignment.opens_at, assignment.due_at, assignment.late_until].map((edge) => Date.parse(edge ?? '') - now()).filter((ms) => ms > 0);
    const timer = setTimeout(() => again((n) => n + 1), Math.min(60_000, ...next));
    return () => clearTimeout(timer);
  });
  return phaseOf(assignment, at);
}

function Rules({ assignment, phase }: { assignment: Assignment; phase: Phase }) {
  const { rules } = t().student, { due_at, late_until, opens_at, attempts_limit, attempts_left } = assignment;
  return (
    <section class="card due" aria-label={rules.title}>
      {phase === 'before' && opens_at ? <p class="due-big">{rules.opens} <Countdown to={opens_at} /></p> : <p class="due-big">{rules.due} <Countdown to={due_at} /></p>}
      <dl class="facts">
        {phase === 'before' && opens_at ? <><dt>{rules.opensAt}</dt><dd><Instant at={opens_at} /></dd></> : null}
        <dt>{rules.dueAt}</dt><dd><Instant at={due_at} seconds /></dd>
        <dt>{rules.lateTitle}</dt>
        <dd>{late_until === null ? rules.lateAlways : late_until === due_at ? rules.lateNever : <>{rules.lateUntil} <Instant at={late_until} seconds /></>}</dd>
        <dt>{rules.attempts}</dt>
        <dd>{attempts_limit === null ? rules.attemptsAny : attempts_left === null ? rules.attemptsLimit(attempts_limit) : rules.attemptsLeft(attempts_left, attempts_limit)}</dd>
        <dt>{rules.kind}</dt><dd>{rules.kinds[assignment.kind]}</dd>
      </dl>
      {assignment.extended ? <Said kind="good">{rules.extended}</Said> : null}
    </section>
  );
}

export function Asked({ assignment, phase }: { assignment: Assignment; phase: Phase }) {
  return (
    <>
      <Rules assignment={assignment} phase={phase} />
      {assignment.instructions ? <Card title={t().student.instructions}><Written text={assignment.instructions} /></Card> : null}
    </>
  );
}
