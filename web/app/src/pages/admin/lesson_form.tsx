// One lesson: added, or changed for good over the version that its form shows.
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Dialog } from '../../kit/dialog.js';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import type { List } from '../../kit/list.js';
import { useResource } from '../../kit/resource.js';
import { weekdays, weekdayText } from '../../kit/school_time.js';
import { say } from '../../kit/toast.js';
import { Newest, useSaving, type Version } from '../../kit/version.js';
import type { ApiError } from '../../api.js';
import { t } from '../../text/index.js';
import { api } from './data.js';

export type Lesson = schemas.Lesson;
export type Fields = Required<schemas.NewLesson>;
type Weekday = Fields['days'][number];

/** What a lesson may name. */
export interface School {
  timetable: schemas.Timetable;
  sections: readonly schemas.SectionLine[];
  teachers: readonly schemas.Person[];
}
export const fieldsOf = ({ section_id, period, days, rotation, room, teacher_id, term }: Lesson): Fields => ({ section_id, period, days, rotation, room, teacher_id, term });
export const nameOf = ({ given_name, family_name }: { given_name: string; family_name: string }) => `${given_name} ${family_name}`;
export const titleIn = (school: School, section: string) => school.sections.find(({ section_id }) => section_id === section)?.title ?? t().timetable.conflicts.section;
export const teacherIn = (school: School, id: string | null) => { const found = school.teachers.find(({ user_id }) => user_id === id); return found ? nameOf(found) : undefined; };
export const daysText = ({ days }: Pick<Lesson, 'days'>) => (days.length === 0 ? t().timetable.lessons.everyDay : days.map((day) => weekdayText(weekdays.indexOf(day))).join(', '));

/** Who teaches: chosen by name; '': whoever teaches the section. */
export function TeacherChoice({ label, value, teachers, usual }: { label: string; value: Signal<string>; teachers: School['teachers']; usual: string }) {
  const known = teachers.map((one) => [one.user_id, nameOf(one)] as const), gone = value.value !== '' && !teachers.some(({ user_id }) => user_id === value.value);
  return <Choice label={label} value={value} options={[['', usual] as const, ...(gone ? [[value.value, t().timetable.lessons.otherTeacher] as const] : []), ...known]} />;
}

function Ticks<T extends string>({ legend, hint, all, chosen }: { legend: string; hint: string; all: readonly (readonly [T, string])[]; chosen: Signal<readonly T[]> }) {
  return (
    <fieldset class="plain ticks">
      <legend>{legend}</legend>
      <p class="hint">{hint}</p>
      <div class="tick-row">
        {all.map(([one, text]) => (
          <label key={one}><input type="checkbox" checked={chosen.value.includes(one)}
            onChange={(event) => { const on = event.currentTarget.checked; chosen.value = all.map(([each]) => each).filter((each) => (each === one ? on : chosen.value.includes(each))); }} /> {text}</label>
        ))}
      </div>
    </fieldset>
  );
}

interface LessonFormOptions { school: School; begin: Fields; added: boolean; deed: string; busy: boolean; error: ApiError | undefined; of: (field: string) => ComponentChildren; onSave: (fields: Fields) => void; onClose: () => void; children?: ComponentChildren }
function LessonForm({ school: { timetable, sections, teachers }, begin, added, deed, busy, error, of, onSave, onClose, children }: LessonFormOptions) {
  const { lessons: words, admin, conflicts } = t().timetable, { rotation: turns } = timetable;
  const section = useSignal(begin.section_id), period = useSignal(begin.period), room = useSignal(begin.room ?? ''), teacher = useSignal(begin.teacher_id ?? ''), term = useSignal(begin.term ?? '');
  const days = useSignal<readonly Weekday[]>(begin.days), rotation = useSignal<readonly string[]>(begin.rotation);
  const periods = [...new Set([...timetable.schedules.flatMap((one) => one.periods.map(({ name }) => name)), ...(begin.period ? [begin.period] : [])])];
  const save = () => onSave({ section_id: section.value, period: period.value, days: [...days.value], rotation: [...rotation.value], room: room.value.trim() || null, teacher_id: teacher.value || null, term: term.value || null });
  return (
    <Form label={deed} onSubmit={save} error={error} fields={['room']}>
      {added ? <Choice label={conflicts.section} value={section} options={sections.map((one) => [one.section_id, one.title] as const)} /> : null}
      <Choice label={admin.period} value={period} options={periods.map((one) => [one, one] as const)} />
      <Ticks legend={words.days} hint={words.daysHint} all={weekdays.map((day, i) => [day, weekdayText(i)] as const)} chosen={days} />
      {turns ? <Ticks legend={admin.rotation} hint={words.rotationHint} all={turns.names.map((name) => [name, name] as const)} chosen={rotation} /> : null}
      <Field label={words.room} value={room} maxLength={100} error={of('room')} />
      <TeacherChoice label={words.teacher} value={teacher} teachers={teachers} usual={words.ofSection} />
      {timetable.terms.length > 1 || begin.term ? <Choice label={words.term} value={term} options={[['', words.allTerms] as const, ...timetable.terms.map(({ name }) => [name, name] as const)]} /> : null}
      {children}
      <div class="actions"><Button type="submit" busy={busy}>{deed}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
    </Form>
  );
}

interface DialogOptions { school: School; list: List<Lesson>; onClose: () => void }
export function AddLesson({ school, list, onClose }: DialogOptions) {
  const { lessons: words } = t().timetable, { schedules } = school.timetable;
  const begin: Fields = { section_id: school.sections[0]?.section_id ?? '', period: schedules[0]?.periods[0]?.name ?? '', days: [], rotation: [], room: null, teacher_id: null, term: null };
  const adding = useDeed(async (fields: Fields) => {
    const { body, etag = '' } = await api.post('/v1/lessons', { body: fields });
    onClose();
    await list.reload();
    say(words.added, () => { void api.delete('/v1/lessons/{lesson_id}', { path: { lesson_id: body.lesson_id }, ifMatch: etag }).then(() => list.reload(), () => say(t().shell.fault)); });
  });
  return (
    <Dialog title={words.add} onClose={onClose}>
      <LessonForm school={school} begin={begin} added deed={words.add} busy={adding.busy.value} error={adding.error.value} of={adding.of} onSave={(fields) => { void adding.run(fields); }} onClose={onClose} />
    </Dialog>
  );
}

function Change({ version, school, list, onClose }: DialogOptions & { version: Version<Lesson> }) {
  const { lessons: words, admin, conflicts } = t().timetable, { lesson_id } = version.now, closed = useRef(false);
  const saving = useSaving(version, {
    put: async (body: Fields, ifMatch) => {
      const { body: made, etag } = await api.patch('/v1/lessons/{lesson_id}', { path: { lesson_id }, ifMatch, body });
      if (!closed.current) onClose(); // whichever way it was saved; the way back comes later
      closed.current = true;
      void list.reload();
      return { body: made, etag };
    },
    changeTo: fieldsOf,
  });
  return (
    <LessonForm school={school} begin={fieldsOf(version.now)} added={false} deed={t().shell.save} busy={saving.busy.value} error={saving.error} of={saving.of}
      onSave={(fields) => { void saving.run(fields); }} onClose={onClose}>
      {saving.other((of) => [
        { name: conflicts.section, said: titleIn(school, of.section_id) }, { name: admin.period, said: of.period }, { name: words.days, said: daysText(of) }, { name: admin.rotation, said: of.rotation.join(', ') },
        { name: words.room, said: of.room ?? '' }, { name: words.teacher, said: teacherIn(school, of.teacher_id) ?? words.ofSection }, { name: words.term, said: of.term ?? words.allTerms },
      ])}
    </LessonForm>
  );
}

export function ChangeLesson({ id, ...options }: DialogOptions & { id: string }) {
  const from = useResource<Lesson>(`/v1/lessons/${id}`);
  return (
    <Dialog title={t().timetable.lessons.changeTitle(from.data.value ? titleIn(options.school, from.data.value.section_id) : '')} onClose={options.onClose}>
      <Newest from={from}>{(version) => <Change version={version} {...options} />}</Newest>
    </Dialog>
  );
}
