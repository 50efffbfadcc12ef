// As of when a report is so, in sight on every page of reports; and what is said when none comes.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { pauseBefore } from '@bellwether/client';
import type { ApiError } from '../../api.js';
import { Button } from '../../kit/form.js';
import type { Resource } from '../../kit/resource.js';
import { Fault, Said } from '../../kit/said.js';
import { instantText, spanText, useNow } from '../../kit/time.js';
import { dateText, numberText, t } from '../../text/index.js';
import { troubleOf, type Report, type Trouble } from './data.js';
import '../../style/reports.css';

const againAfterMs = 5_000;

function Troubled({ by, error, from, copy }: { by: Trouble; error: ApiError; from: Resource<unknown>; copy: boolean }) {
  const { reports, shell } = t(), words = reports.troubles[by], passes = by === 'away' || by === 'busy';
  // What passes is looked at again now and then, not before the server asks for it; `reload` keeps to one request at a time. What took too long would again.
  useEffect(() => {
    if (!passes) return;
    const pauseMs = Math.max(againAfterMs, error.retryAfterMs === undefined ? 0 : pauseBefore(1, error.retryAfterMs, Math.random));
    const timer = setInterval(() => { if (document.visibilityState === 'visible' && !from.busy.peek()) void from.reload(); }, pauseMs);
    return () => { clearInterval(timer); };
  }, [from, error, passes]);
  return (
    <div class="said note" role="status">
      <p><strong>{words.said}</strong> {words.hint}{passes ? ` ${reports.again}` : ''}</p>
      {copy ? <p>{reports.awayCopy}</p> : null}
      {by === 'none' ? null : <Button quiet onPress={() => { void from.reload(); }}>{shell.retry}</Button>}
    </div>
  );
}

/** As `Read`, where it is told why no report comes. `ofList`: of the list of reports. */
export function ReadReport<T>({ from, ofList = false, children }: { from: Resource<T>; ofList?: boolean; children: (data: T) => ComponentChildren }) {
  const data = from.data.value, error = from.error.value, trouble = error && troubleOf(error, ofList);
  const said = error === undefined ? null : trouble ? <Troubled by={trouble} error={error} from={from} copy={data !== undefined} /> : <Fault error={error} onRetry={() => { void from.reload(); }} />;
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
