// Instants, by the server's clock and in the reader's language and zone.
import { useEffect, useState } from 'preact/hooks';
import { now } from '../api.js';
import { dateText, t } from '../text/index.js';

const options: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' };
/** With its year where that is another than now. */
export function instantText(at: string | number, more: Intl.DateTimeFormatOptions = options): string {
  const date = new Date(at);
  return dateText(date, more.day !== undefined && date.getFullYear() !== new Date(now()).getFullYear() ? { ...more, year: 'numeric' } : more);
}
const toTheSecond: Intl.DateTimeFormatOptions = { ...options, second: '2-digit' };
export function Instant({ at, seconds = false }: { at: string; seconds?: boolean }) {
  return <time dateTime={at}>{instantText(at, seconds ? toTheSecond : options)}</time>;
}

/** "2026-09-01", which is no instant. */
export const dayText = (day: string): string => dateText(new Date(`${day}T00:00:00Z`), { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** "2 days 3 hours", "4 minutes 10 seconds": the two greatest parts that there are. */
export function spanText(ms: number, said = t().shell.time.spans): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const parts: [number, (n: number) => string][] = [
    [Math.floor(s / 86_400), said.days], [Math.floor(s / 3600) % 24, said.hours], [Math.floor(s / 60) % 60, said.minutes], [s % 60, said.seconds]];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return t().shell.time.now;
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, text]) => text(n)).join(' ');
}

/** The server's clock, once a second (or as told) while the page is looked at. */
export function useNow(everyMs = 1000): number {
  const [at, set] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => { if (document.visibilityState === 'visible') set(now()); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return at;
}

/** To an instant, or since it. Read aloud on demand, not each second. */
export function Countdown({ to }: { to: string }) {
  const left = Date.parse(to) - useNow();
  const { time } = t().shell;
  const text = Math.abs(left) < 1000 ? time.now : left > 0 ? time.in(spanText(left, time.spansAfter)) : time.ago(spanText(-left, time.spansAfter));
  return <span class={`countdown ${left < 0 ? 'over' : left < 3_600_000 ? 'soon' : ''}`} role="timer" aria-live="off">{text}</span>;
}
