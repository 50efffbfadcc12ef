// A person's week at the institution, and how a calendar program follows it.
import { useLocation } from 'preact-iso/router';
import type { schemas } from '@bellwether/client';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Read } from '../../kit/said.js';
import { addDays, Day, dayIn, isDay, knownZone, mondayOf, weekdayText, ZoneNote } from '../../kit/school_time.js';
import { useNow } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { CalendarFeeds } from './calendar_feeds.js';
import { exceptionText, Lessons, useLiveOnes, type Lesson, type LiveOnes } from './lessons.js';

interface OneDay { date: string; weekday: number; lessons: readonly Lesson[]; cancelled: readonly Lesson[]; exception: schemas.TimetableException | undefined }

/** A week's lessons, whatever the zone: what lies around it is asked for too, and left out. The same address for the same week, so that its copy is found. */
const lessonsPath = (monday: string) => `/v1/occurrences?from=${addDays(monday, -1)}T00:00:00.000Z&until=${addDays(monday, 8)}T00:00:00.000Z`;

function daysOf(monday: string, timetable: schemas.Timetable, lessons: readonly Lesson[]): OneDay[] {
  return Array.from({ length: 7 }, (_, weekday): OneDay => {
    const date = addDays(monday, weekday), of = lessons.filter((one) => one.date === date);
    return {
      date, weekday, lessons: of.filter((one) => !one.cancelled), cancelled: of.filter((one) => one.cancelled),
      exception: timetable.exceptions.find((one) => one.date === date),
    };
  });
}

function WeekLinks({ monday, now }: { monday: string; now: string }) {
  const words = t().timetable, way = (to: string) => (to === now ? '/app/timetable' : `/app/timetable?from=${to}`);
  return (
    <nav class="weeks" aria-label={words.weeks}>
      <a class="button quiet" href={way(addDays(monday, -7))}>{words.earlier}</a>
      {monday === now ? null : <a class="button quiet" href={way(now)}>{words.thisWeek}</a>}
      <a class="button quiet" href={way(addDays(monday, 7))}>{words.later}</a>
    </nav>
  );
}

function DayColumn({ day, today, zone, at, live }: { day: OneDay; today: boolean; zone: string; at: number; live: LiveOnes }) {
  const words = t().timetable, nothing = day.lessons.length === 0 && day.cancelled.length === 0;
  return (
    <section class={`card day ${today ? 'is-today' : ''}`} aria-current={today ? 'date' : undefined}>
      <h3>{weekdayText(day.weekday)} <span class="dim"><Day of={day.date} /></span>{today ? <> <span class="chip good">{words.today}</span></> : null}</h3>
      {day.exception ? <p class="lesson-said">{exceptionText(day.exception)}</p> : null}
      {nothing ? <Empty>{words.noLessons}</Empty> : <Lessons lessons={day.lessons} cancelled={day.cancelled} zone={zone} at={at} live={live} />}
    </section>
  );
}

function Week({ timetable }: { timetable: schemas.Timetable }) {
  const words = t().timetable, { query } = useLocation(), at = useNow(15_000), zone = knownZone(timetable.zone), today = dayIn(zone, at);
  const thisWeek = mondayOf(today), monday = isDay(query['from']) ? mondayOf(query['from']) : thisWeek;
  const lessons = useResource<schemas.OccurrenceList>(lessonsPath(monday)), live = useLiveOnes(addDays(monday, -1), addDays(monday, 8));
  return (
    <>
      <WeekLinks monday={monday} now={thisWeek} />
      <div role="status"><h2 class="week-of"><Day of={monday} />–<Day of={addDays(monday, 6)} />{monday === thisWeek ? <> <span class="chip good">{words.thisWeek}</span></> : null}</h2></div>
      <ZoneNote zone={zone} at={at} />
      <Read from={lessons}>
        {({ data }) => {
          const all = daysOf(monday, timetable, data);
          const some = all.some((one) => one.lessons.length + one.cancelled.length > 0);
          const shown = all.filter((one) => one.exception || one.lessons.length + one.cancelled.length > 0 || (some && timetable.week[one.weekday]));
          return (
            <>
              {some ? null : <Card><Empty>{words.noLessonsWeek}</Empty></Card>}
              <div class="week">{shown.map((one) => <DayColumn key={one.date} day={one} today={one.date === today} zone={zone} at={at} live={live} />)}</div>
            </>
          );
        }}
      </Read>
    </>
  );
}

export default function TimetablePage() {
  const timetable = useResource<schemas.Timetable>('/v1/timetable');
  return (
    <Page title={t().shell.nav.timetable} wide>
      <Read from={timetable}>{(data) => (data.version === 0 ? <Card><Empty>{t().timetable.noneYet}</Empty></Card> : <Week timetable={data} />)}</Read>
      <CalendarFeeds />
    </Page>
  );
}
