// Of today: the reader's lessons in order, and how long it is until the next bell. Absent where the institution has no timetable.
import { useEffect } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Read } from '../../kit/said.js';
import { addDays, dayIn, knownZone, MomentThere, ZoneNote } from '../../kit/school_time.js';
import { Countdown, useNow } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { exceptionText, Lessons, useLiveOnes } from './lessons.js';

const spreadMs = 60_000;

/** When what was read is over, it is asked for anew; a school does not do so in one second. */
function useAgainAfter(over: boolean, reload: () => Promise<void>): void {
  useEffect(() => {
    if (!over) return undefined;
    const timer = setTimeout(() => { void reload(); }, Math.random() * spreadMs);
    return () => clearTimeout(timer);
  }, [over]);
}

export function LessonsToday() {
  const words = t().timetable, { card } = words, at = useNow(5_000), day = useResource<schemas.Today>('/v1/today'), next = useResource<schemas.NextBell>('/v1/next-bell');
  const today = day.data.value, { bell, lesson } = next.data.value ?? { bell: null, lesson: null }, zone = knownZone(today?.zone ?? 'UTC');
  const isOld = today !== undefined && today.date !== dayIn(zone, at), bellIsOver = bell !== null && Date.parse(bell.at) <= at;
  const some = today !== undefined && !isOld && today.lessons.length > 0, live = useLiveOnes(some ? addDays(today.date, -1) : null, today ? addDays(today.date, 2) : '');
  useAgainAfter(isOld, day.reload);
  useAgainAfter(bellIsOver, next.reload);
  if (!today || isOld) return null;
  if (!bell && today.schedule === null && today.exception === null && today.lessons.length + today.cancelled.length === 0) return null; // no timetable
  const left = today.lessons.some(({ ends_at }) => Date.parse(ends_at) > at), then = lesson && Date.parse(lesson.begins_at) > at ? lesson : undefined;
  return (
    <Card title={card.title} actions={<a href="/app/timetable">{card.week}</a>}>
      <Read from={day}>
        {({ lessons, cancelled, exception }) => (
          <>
            {exception ? <p class="lesson-said">{exceptionText(exception)}</p> : null}
            {bell && !bellIsOver ? <p>{card.next} <Countdown to={bell.at} /> <span class="dim"><MomentThere at={bell.at} zone={zone} /> {bell.period}</span></p> : null}
            {lessons.length + cancelled.length === 0 ? <Empty>{card.none}</Empty> : <Lessons lessons={lessons} cancelled={cancelled} zone={zone} at={at} live={live} />}
            {!left && then ? <p>{card.nextLesson} <a href="/app/timetable">{then.section_title}</a> <span class="dim"><MomentThere at={then.begins_at} zone={zone} /></span></p> : null}
            <ZoneNote zone={zone} at={at} />
          </>
        )}
      </Read>
    </Card>
  );
}
