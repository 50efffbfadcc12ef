// One day of the institution: who teaches in whose place, which lessons are in another room, which do not take place.
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useEffect, useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import { Dialog } from '../../kit/dialog.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Empty, Fault, Read } from '../../kit/said.js';
import { addDays, Clock, dayIn, isDay, knownZone, LongDay } from '../../kit/school_time.js';
import { Table, type Column } from '../../kit/table.js';
import { say } from '../../kit/toast.js';
import { language, t } from '../../text/index.js';
import { exceptionText } from '../everybody/lessons.js';
import { api } from './data.js';
import { nameOf, TeacherChoice } from './lesson_form.js';
import { useTeachers } from './lessons.js';
import '../../style/admin.css';
import '../../style/timetable.css';

type Day = schemas.SchoolDay;
type Lesson = Day['lessons'][number];
type Different = schemas.NewLessonDay;

/** What is said of the day; undefined: it is as usual. */
function differentOf({ cancelled, changed, room, usual_room, teacher_id, usual_teacher_id }: Lesson): Different | undefined {
  if (cancelled) return { cancelled: true };
  return changed ? { cancelled: false, room: room === usual_room ? null : room, teacher_id: teacher_id === usual_teacher_id ? null : teacher_id } : undefined;
}

function useDay(from: Resource<Day>, date: string) {
  const { schoolDay: words } = t().timetable;
  const make = async (lesson_id: string, different: Different | undefined) => {
    const path = { path: { lesson_id, date } };
    await (different ? api.put('/v1/lessons/{lesson_id}/days/{date}', { ...path, body: different }) : api.delete('/v1/lessons/{lesson_id}/days/{date}', path));
    await from.reload();
  };
  const back = useDeed(make);
  const deed = useDeed(async (lesson: Lesson, different: Different | undefined) => {
    await make(lesson.lesson_id, different);
    say(different === undefined ? words.restored : different.cancelled ? words.wasCancelled : words.wasChanged, () => { void back.run(lesson.lesson_id, differentOf(lesson)); });
  });
  return { deed, back };
}

function Changing({ lesson, deed, onClose }: { lesson: Lesson; deed: ReturnType<typeof useDay>['deed']; onClose: () => void }) {
  const { schoolDay: words, lessons } = t().timetable, teachers = useTeachers();
  const room = useSignal(lesson.changed && lesson.room !== lesson.usual_room ? lesson.room ?? '' : ''), teacher = useSignal(lesson.changed && lesson.teacher_id !== lesson.usual_teacher_id ? lesson.teacher_id ?? '' : '');
  const usual = teachers.rows.value.find(({ user_id }) => user_id === lesson.usual_teacher_id), nothing = room.value.trim() === '' && teacher.value === '';
  const save = async () => {
    const different = nothing ? undefined : { cancelled: false, room: room.value.trim() || null, teacher_id: teacher.value || null };
    if (different === undefined && differentOf(lesson) === undefined) return onClose();
    if (await deed.run(lesson, different)) onClose();
  };
  return (
    <Dialog title={words.changeTitle(lesson.section_title, lesson.period)} onClose={onClose}>
      <Form label={words.change} onSubmit={() => { void save(); }} error={deed.error.value} fields={['room']}>
        <Field label={lessons.room} hint={words.usualRoom(lesson.usual_room)} value={room} maxLength={100} error={deed.of('room')} />
        <TeacherChoice label={words.substitute} value={teacher} teachers={teachers.rows.value} usual={usual ? words.usually(nameOf(usual)) : lessons.ofSection} />
        <div class="actions"><Button type="submit" busy={deed.busy.value}>{t().shell.save}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
      </Form>
    </Dialog>
  );
}

function Lessons({ day, from, zone }: { day: Day; from: Resource<Day>; zone: string }) {
  const words = t().timetable, { schoolDay, admin, conflicts, lessons } = words, { deed, back } = useDay(from, day.date), changing = useSignal<Lesson | undefined>(undefined);
  const failed = changing.value ? undefined : deed.error.value ?? back.error.value;
  const columns = useMemo<Column<Lesson>[]>(() => {
    const one = ({ section_title, period }: Lesson) => `${section_title}, ${period}`;
    return [
      { id: 'at', title: schoolDay.time, width: 8, cell: ({ begins_at, ends_at }) => (begins_at && ends_at ? <Clock at={begins_at} until={ends_at} zone={zone} /> : null) },
      { id: 'period', title: admin.period, width: 5, by: ({ period }) => period, cell: ({ period }) => period },
      { id: 'section', title: conflicts.section, width: 10, wrap: true, by: ({ section_title }) => section_title, cell: ({ section_id, section_title, cancelled }) => <a href={`/app/teaching/${section_id}`}>{cancelled ? <s>{section_title}</s> : section_title}</a> },
      { id: 'room', title: lessons.room, width: 7, wrap: true, by: ({ room }) => room, cell: ({ room, usual_room, cancelled }) => (cancelled ? null : <>{room ?? <span class="dim">{lessons.noRoom}</span>}{room === usual_room ? null : <span class="dim small"> {schoolDay.insteadOf(usual_room ?? lessons.noRoom)}</span>}</>) },
      { id: 'teacher', title: lessons.teacher, width: 9, wrap: true, by: ({ teacher_name }) => teacher_name, cell: ({ teacher_name, teacher_id, usual_teacher_id, cancelled }) => (cancelled ? null : <>{teacher_name ?? <span class="dim">{lessons.ofSection}</span>}{teacher_id === usual_teacher_id ? null : <> <span class="chip">{schoolDay.substitution}</span></>}</>) },
      { id: 'state', title: schoolDay.state, width: 7, by: ({ cancelled, changed }) => (cancelled ? 2 : changed ? 1 : 0), cell: ({ cancelled, changed }) => (cancelled ? <span class="chip bad">{words.cancelled}</span> : changed ? <span class="chip">{schoolDay.changed}</span> : <span class="dim">{schoolDay.usual}</span>) },
      { id: 'deed', title: words.exceptions.deed, width: 17, cell: (row) => (
        <div class="actions tight">
          {row.cancelled ? null : <Button quiet label={`${schoolDay.change}: ${one(row)}`} onPress={() => { changing.value = row; }}>{schoolDay.change}</Button>}
          {row.cancelled || row.changed ? <Button quiet label={`${schoolDay.restore}: ${one(row)}`} onPress={() => { void deed.run(row, undefined); }}>{schoolDay.restore}</Button> : null}
          {row.cancelled ? null : <Button quiet label={`${schoolDay.cancel}: ${one(row)}`} onPress={() => { void deed.run(row, { cancelled: true }); }}>{schoolDay.cancel}</Button>}
        </div>
      ) },
    ];
  }, [language.value, zone, day.date]);
  return (
    <>
      {failed ? <Fault error={failed} /> : null}
      <Table label={schoolDay.title} rows={day.lessons} columns={columns} rowKey={({ lesson_id }) => lesson_id} empty={schoolDay.none} />
      {changing.value ? <Changing lesson={changing.value} deed={deed} onClose={() => { changing.value = undefined; }} /> : null}
    </>
  );
}

function OneDay({ timetable }: { timetable: schemas.Timetable }) {
  const { schoolDay: words, exceptions, kinds } = t().timetable, { query, route } = useLocation(), zone = knownZone(timetable.zone);
  const today = dayIn(zone, now()), date = isDay(query['date']) ? query['date'] : today, way = (to: string) => `/app/admin/timetable/day?date=${to}`;
  const from = useResource<Day>(`/v1/timetable/day?date=${date}`), typed = useSignal(date), exception = timetable.exceptions.find((one) => one.date === date);
  useEffect(() => { typed.value = date; }, [date]);
  return (
    <>
      <nav class="weeks" aria-label={words.days}>
        <a class="button quiet" href={way(addDays(date, -1))}>{words.before}</a>
        {date === today ? null : <a class="button quiet" href={way(today)}>{words.today}</a>}
        <a class="button quiet" href={way(addDays(date, 1))}>{words.after}</a>
        <Form label={words.goTo} onSubmit={() => { if (isDay(typed.value)) route(way(typed.value)); }}>
          <Field label={exceptions.date} type="date" min="2000-01-01" max="2037-12-31" value={typed} />
          <Button type="submit" quiet>{words.show}</Button>
        </Form>
      </nav>
      <div role="status"><h2><LongDay of={date} /></h2></div>
      {exception ? <p class="lesson-said">{kinds[exception.kind] === undefined ? null : exceptionText(exception)}</p> : null}
      <Card><Read from={from}>{(day) => <Lessons key={day.date} day={day} from={from} zone={zone} />}</Read></Card>
    </>
  );
}

export default function SchoolDayPage() {
  const { schoolDay: words, admin } = t().timetable, from = useResource<schemas.Timetable>('/v1/timetable');
  return (
    <Page title={words.title} wide above={<p class="trail"><a href="/app/admin/timetable">{t().shell.nav.timetableSetup}</a></p>}>
      <p>{words.hint}</p>
      <Read from={from}>{(timetable) => (timetable.version === 0 ? <Card><Empty>{admin.noneYet}</Empty></Card> : <OneDay timetable={timetable} />)}</Read>
    </Page>
  );
}
