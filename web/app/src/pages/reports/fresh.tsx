// As of when a report is so, in sight on every page of reports; and what is said when reports are away.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button } from '../../kit/form.js';
import type { Resource } from '../../kit/resource.js';
import { Fault, Said } from '../../kit/said.js';
import { instantText, spanText, useNow } from '../../kit/time.js';
import { dateText, numberText, t } from '../../text/index.js';
import { away, type Report } from './data.js';
import '../../style/reports.css';

const againAfterMs = 5_000;

function Away({ from, copy }: { from: Resource<unknown>; copy: boolean }) {
  const { reports, shell } = t();
  // It is looked again now and then; `reload` keeps to one request at a time.
  useEffect(() => {
    const timer = setInterval(() => { if (document.visibilityState === 'visible' && !from.busy.peek()) void from.reload(); }, againAfterMs);
    return () => { clearInterval(timer); };
  }, [from]);
  return (
    <div class="said note" role="status">
      <p><strong>{reports.away}</strong> {reports.awayHint}</p>
      {copy ? <p>{reports.awayCopy}</p> : null}
      <Button quiet onPress={() => { void from.reload(); }}>{shell.retry}</Button>
    </div>
  );
}

/** As `Read`, where reports that are away are no fault of the reader's. `catalogue`: of the list of reports, which is not found where nobody makes any. */
export function ReadReport<T>({ from, catalogue = false, children }: { from: Resource<T>; catalogue?: boolean; children: (data: T) => ComponentChildren }) {
  const data = from.data.value, error = from.error.value;
  const said = error === undefined ? null : away(error.status) || (catalogue && error.status === 404) ? <Away from={from} copy={data !== undefined} /> : <Fault error={error} onRetry={() => { void from.reload(); }} />;
  if (data === undefined) return said ?? <p class="waiting" role="status">{t().shell.loading}</p>;
  return <>{said}{children(data)}</>;
}

const sameDay = (a: number, b: number) => new Date(a).toDateString() === new Date(b).toDateString();
const clockText = (at: number, now: number) => (sameDay(at, now) ? dateText(new Date(at), { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }) : instantText(at));
function agoText(ms: number): string {
  const { time } = t().shell;
  return ms < 1000 ? time.now : time.ago(spanText(ms, time.spansAfter));
}

/** The moment that the report tells of, and how long ago that is by now. */
export function Fresh({ of, from }: { of: Report; from: Resource<Report> }) {
  const { reports } = t(), at = Date.parse(of.as_of), now = useNow(), old = Math.max(0, now - at);
  return (
    <>
      <p class="fresh">
        <span>{reports.asOf} <time dateTime={of.as_of} data-varies="09:05:00">{clockText(at, now)}</time> <span class="dim">(<span data-varies="2 s">{agoText(old)}</span>)</span></span>
        <Button quiet busy={from.busy.value} onPress={() => { void from.reload(); }}>{reports.refresh}</Button>
      </p>
      {of.stale ? <Said kind="bad"><p><strong>{reports.stale}</strong> {reports.staleHint} <span data-varies={reports.behind('2 min')}>{reports.behind(spanText(of.lag_seconds * 1000))}</span></p></Said> : null}
      {of.truncated ? <Said>{reports.truncated(numberText(of.rows.length))}</Said> : null}
      {of.suppressed > 0 ? <Said>{reports.suppressed(of.suppressed, numberText(of.suppressed))}</Said> : null}
    </>
  );
}
