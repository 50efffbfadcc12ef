// An institution's days and times: in its zone, whatever the device's is.
import { dateText, t } from '../text/index.js';

/** The zone, or UTC where this browser does not know it: then that is what is shown, and named. */
export function knownZone(zone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch { return 'UTC'; }
}

/** "2026-11-30": which day it is there. */
export function dayIn(zone: string, at: number): string {
  const part = Object.fromEntries(new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part['year']}-${part['month']}-${part['day']}`;
}

const utc = (day: string) => new Date(`${day}T00:00:00Z`);
export const addDays = (day: string, days: number): string => new Date(utc(day).getTime() + days * 86_400_000).toISOString().slice(0, 10);
export const isDay = (text: string | undefined): text is string => text !== undefined && /^20[0-3]\d-\d\d-\d\d$/.test(text) && !Number.isNaN(utc(text).getTime());
/** 0: Monday. */
export const weekdayOf = (day: string): number => (utc(day).getUTCDay() + 6) % 7;
export const mondayOf = (day: string): string => addDays(day, -weekdayOf(day));

const shortDay = (day: string) => dateText(utc(day), { day: 'numeric', month: 'short', timeZone: 'UTC' });
/** A date of the calendar, which is no instant. */
export const Day = ({ of }: { of: string }) => <time dateTime={of} data-varies="30 Nov">{shortDay(of)}</time>;
export const LongDay = ({ of }: { of: string }) => <time dateTime={of} data-varies="Mon 30 Nov 2026">{longDay(of)}</time>;
export const longDay = (day: string): string => dateText(utc(day), { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** 0: Monday. */
export const weekdayText = (weekday: number): string => dateText(utc(addDays('2024-01-01', weekday)), { weekday: 'long', timeZone: 'UTC' });
export const weekdays = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'] as const;

const clock = (at: number, timeZone: string | undefined) => dateText(new Date(at), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(timeZone && { timeZone }) });
export function Clock({ at, until, zone }: { at: string; until?: string; zone: string }) {
  return <time dateTime={at} data-varies={until ? '09:00–09:50' : '09:00'}>{clock(Date.parse(at), zone)}{until ? `–${clock(Date.parse(until), zone)}` : ''}</time>;
}
/** With its day. */
export const MomentThere = ({ at, zone }: { at: string; zone: string }) => (
  <time dateTime={at}>{dateText(new Date(at), { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone })}</time>
);

/** Said where a watch here shows something else than one there. */
export function ZoneNote({ zone, at }: { zone: string; at: number }) {
  if (clock(at, zone) === clock(at, undefined) && dayIn(zone, at) === dayIn(Intl.DateTimeFormat().resolvedOptions().timeZone, at)) return null;
  return <p class="dim small">{t().timetable.zone} <bdi dir="ltr" data-varies="Europe/London">{zone}</bdi></p>;
}

/** Time zones, and the one that there is if the browser has another name for it. */
export function zones(now: string): [string, string][] {
  const known = Intl.supportedValuesOf('timeZone');
  return (known.includes(now) ? known : [now, ...known]).map((zone) => [zone, zone.replaceAll('_', ' ')]);
}
