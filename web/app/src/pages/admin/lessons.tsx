// The timetable's lessons, one by one: added, changed for good, taken out.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button, Field, useDeed } from '../../kit/form.js';
import { Listed, useList, type List } from '../../kit/list.js';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Fault, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { say } from '../../kit/toast.js';
import { language, t } from '../../text/index.js';
import { api } from './data.js';
import { AddLesson, ChangeLesson, daysText, fieldsOf, teacherIn, titleIn, type Fields, type Lesson, type School } from './lesson_form.js';
import '../../style/admin.css';
import '../../style/timetable.css';

export const useSchoolSections = () => useList<schemas.SectionLine>('/v1/sections?of=institution&limit=500');
export const useTeachers = () => useList<schemas.Person>('/v1/users?limit=200&status=active&role=teacher');

function useRemoving(list: List<Lesson>) {
  const { lessons: words } = t().timetable;
  const back = useDeed(async (fields: Fields) => {
    await api.post('/v1/lessons', { body: fields });
    await list.reload();
  });
  const removing = useDeed(async (lesson: Lesson) => {
    await api.delete('/v1/lessons/{lesson_id}', { path: { lesson_id: lesson.lesson_id }, ifMatch: `"${lesson.version}"` });
    await list.reload();
    say(words.removed, () => { void back.run(fieldsOf(lesson)); });
  });
  return { removing, failed: removing.error.value ?? back.error.value };
}

function Rows({ school, list, rows, onChange }: { school: School; list: List<Lesson>; rows: readonly Lesson[]; onChange: (id: string) => void }) {
  const { lessons: words, admin, conflicts } = t().timetable, { removing, failed } = useRemoving(list), typed = useSignal(''), wanted = typed.value.trim().toLocaleLowerCase();
  const columns = useMemo<Column<Lesson>[]>(() => [
    { id: 'section', title: conflicts.section, width: 12, wrap: true, by: ({ section_id }) => titleIn(school, section_id), cell: ({ section_id }) => <a href={`/app/teaching/${section_id}`}>{titleIn(school, section_id)}</a> },
    { id: 'period', title: admin.period, width: 6, by: ({ period }) => period, cell: ({ period }) => period },
    { id: 'days', title: words.days, width: 11, wrap: true, cell: (one) => [daysText(one), ...one.rotation, one.term].filter(Boolean).join(' · ') },
    { id: 'room', title: words.room, width: 7, wrap: true, by: ({ room }) => room, cell: ({ room }) => room ?? <span class="dim">{words.noRoom}</span> },
    { id: 'teacher', title: words.teacher, width: 10, wrap: true, by: ({ teacher_id }) => teacherIn(school, teacher_id), cell: ({ teacher_id }) => (teacher_id ? teacherIn(school, teacher_id) ?? words.otherTeacher : <span class="dim">{words.ofSection}</span>) },
    { id: 'deed', title: t().timetable.exceptions.deed, width: 12, cell: (one) => (
      <div class="actions tight">
        <Button quiet label={words.changeOne(titleIn(school, one.section_id), one.period)} onPress={() => onChange(one.lesson_id)}>{words.change}</Button>
        <Button quiet label={words.removeOne(titleIn(school, one.section_id), one.period)} onPress={() => { void removing.run(one); }}>{t().timetable.exceptions.remove}</Button>
      </div>
    ) },
  ], [language.value, school]);
  const shown = wanted === '' ? rows : rows.filter((one) => [titleIn(school, one.section_id), one.period, one.room, teacherIn(school, one.teacher_id)].some((text) => text?.toLocaleLowerCase().includes(wanted)));
  return (
    <>
      <div class="filters"><Field label={words.find} hint={words.findHint} type="search" value={typed} /></div>
      {failed ? <Fault error={failed} /> : null}
      <Table label={words.title} rows={shown} columns={columns} rowKey={({ lesson_id }) => lesson_id} empty={wanted === '' ? words.none : words.notFound} />
    </>
  );
}

function Lessons({ timetable }: { timetable: schemas.Timetable }) {
  const { lessons: words } = t().timetable, sections = useSchoolSections(), teachers = useTeachers(), list = useList<Lesson>('/v1/lessons?limit=500');
  const adding = useSignal(false), changing = useSignal<string | undefined>(undefined);
  const school = useMemo<School>(() => ({ timetable, sections: sections.rows.value, teachers: teachers.rows.value }), [timetable, sections.rows.value, teachers.rows.value]);
  const close = () => { adding.value = false; changing.value = undefined; };
  return (
    <>
      <div class="actions"><Button onPress={() => { adding.value = true; }} disabled={!sections.known.value}>{words.add}</Button> <a class="button quiet" href="/app/admin/timetable/day">{t().timetable.schoolDay.title}</a></div>
      <Listed from={list}>{(rows) => <Rows school={school} list={list} rows={rows} onChange={(id) => { changing.value = id; }} />}</Listed>
      {adding.value ? <AddLesson school={school} list={list} onClose={close} /> : null}
      {changing.value ? <ChangeLesson id={changing.value} school={school} list={list} onClose={close} /> : null}
    </>
  );
}

export default function LessonsPage() {
  const { lessons: words, admin } = t().timetable, from = useResource<schemas.Timetable>('/v1/timetable');
  return (
    <Page title={words.title} wide above={<p class="trail"><a href="/app/admin/timetable">{t().shell.nav.timetableSetup}</a></p>}>
      <p>{words.hint}</p>
      <Read from={from}>{(timetable) => (timetable.version === 0 ? <Card><Empty>{admin.noneYet}</Empty></Card> : <Lessons timetable={timetable} />)}</Read>
    </Page>
  );
}
