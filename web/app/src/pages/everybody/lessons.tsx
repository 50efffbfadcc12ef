// Lessons of a day, in order: when, what, where, with whom, and in words what is different.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { has, me } from '../../api.js';
import { useResource } from '../../kit/resource.js';
import { Clock, weekdays, weekdayText } from '../../kit/school_time.js';
import { t } from '../../text/index.js';
import '../../style/timetable.css';

export type Lesson = schemas.Occurrence;
type Cancelled = schemas.Today['cancelled'][number];

export const isOn = ({ begins_at, ends_at }: Lesson, at: number): boolean => Date.parse(begins_at) <= at && at < Date.parse(ends_at);

function way({ section_id, teacher_id }: { section_id: string; teacher_id?: string | null }): string {
  const teaches = has('teacher') && (!has('student') || teacher_id === me.value?.user_id);
  return `${teaches ? '/app/teaching' : '/app/sections'}/${section_id}`;
}

export function exceptionText({ kind, note, weekday, rotation }: schemas.TimetableException): string {
  const words = t().timetable, like = [weekday ? weekdayText(weekdays.indexOf(weekday)) : '', rotation ?? ''].filter((part) => part !== '').join(', ');
  const said = kind === 'swap' && like !== '' ? words.heldLike(like) : '';
  return [note ? words.withNote(words.kinds[kind], note) : words.kinds[kind], said].filter((part) => part !== '').join(', ');
}

/** Which of them are live classes, by lesson and beginning. */
export type LiveOnes = ReadonlyMap<string, string>;
const keyOf = ({ lesson_id, begins_at }: { lesson_id: string; begins_at: string }) => `${lesson_id} ${begins_at}`;
/** Of some days' classes; asked a moment later than what the page shows, which a whole school opens at the bell. */
export function useLiveOnes(from: string | null, until: string): LiveOnes {
  const soon = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => { soon.value = true; }, Math.random() * 2000);
    return () => clearTimeout(timer);
  }, []);
  const read = useResource<schemas.LiveClassList>(from !== null && soon.value ? `/v1/live-classes?from=${from}T00:00:00.000Z&until=${until}T00:00:00.000Z` : null), list = read.data.value;
  return useMemo(() => new Map((list?.data ?? []).filter(({ cancelled }) => !cancelled).map((one) => [keyOf(one), one.live_class_id])), [list]);
}

const joinBefore = 15 * 60_000;
export function Lessons({ lessons, cancelled, zone, at, live }: { lessons: readonly Lesson[]; cancelled: readonly Cancelled[]; zone: string; at: number; live?: LiveOnes }) {
  const words = t().timetable, liveWords = t().live;
  const classOf = (one: Lesson) => (Date.parse(one.ends_at) > at ? live?.get(keyOf(one)) : undefined);
  return (
    <ol class="lessons">
      {lessons.map((one) => (
        <li key={`${one.lesson_id} ${one.begins_at}`} class={isOn(one, at) ? 'on' : ''} aria-current={isOn(one, at) ? 'time' : undefined}>
          <p class="lesson-when"><Clock at={one.begins_at} until={one.ends_at} zone={zone} /> <span class="dim">{one.period}</span>{isOn(one, at) ? <> <span class="chip good">{words.current}</span></> : null}</p>
          <p><a href={way(one)}>{one.section_title}</a></p>
          {one.room || one.teacher_name ? <p class="dim small">{[one.room && words.room(one.room), one.teacher_name].filter(Boolean).join(' · ')}</p> : null}
          {classOf(one) ? <p>{Date.parse(one.begins_at) - joinBefore <= at ? <a class="button" href={`/app/live/${classOf(one)}`} aria-label={liveWords.joinOne(one.section_title)}>{liveWords.join}</a> : <a class="chip" href={`/app/live/${classOf(one)}`}>{liveWords.isLive}</a>}</p> : null}
          {one.changed ? <p class="lesson-said">{words.changed}</p> : null}
        </li>
      ))}
      {cancelled.map((one) => (
        <li key={one.lesson_id}>
          <p class="lesson-when"><span class="dim">{one.period}</span> <span class="chip bad">{words.cancelled}</span></p>
          <p><a href={way(one)}><s>{one.section_title}</s></a></p>
        </li>
      ))}
    </ol>
  );
}
