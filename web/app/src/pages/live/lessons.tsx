// Which of a section's lessons are held live: each of the next seven days' once.
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { schemas } from '@bellwether/client';
import { api, ApiError, ask, now } from '../../api.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource, theSession, type Asker } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { dayIn, addDays } from '../../kit/school_time.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, t } from '../../text/index.js';
import { SectionPage } from '../teacher/parts.js';

type Lesson = schemas.Occurrence;
interface Row { lesson: Lesson; version: number | null }

/** With each lesson's word whether it is live. */
const withLive = (section: string): Asker => ({
  ...theSession,
  async ask<T>(request: Parameters<typeof ask>[0]) {
    const answer = await ask<schemas.OccurrenceList>(request), first = new Map<string, Lesson>();
    for (const one of answer.body.data) if (one.section_id === section && !one.cancelled && Date.parse(one.ends_at) > now() && !first.has(one.lesson_id)) first.set(one.lesson_id, one);
    const rows: Row[] = [];
    for (const lesson of first.values()) {
      try {
        rows.push({ lesson, version: (await api.get('/v1/lessons/{lesson_id}/live', { path: { lesson_id: lesson.lesson_id } })).body.version });
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        rows.push({ lesson, version: null });
      }
    }
    return { ...answer, body: rows as T };
  },
});

function Lessons({ section }: { section: string }) {
  const words = t().live.teach, by = useMemo(() => withLive(section), [section]), today = dayIn('UTC', now());
  const rows = useResource<Row[]>(`/v1/occurrences?from=${today}T00:00:00.000Z&until=${addDays(today, 8)}T00:00:00.000Z`, { by, keptAs: `live lessons ${section}` });
  const changing = useSignal<string | undefined>(undefined);
  const change = useDeed(async ({ lesson, version }: Row) => {
    const path = { lesson_id: lesson.lesson_id };
    changing.value = lesson.lesson_id;
    if (version === null) await api.put('/v1/lessons/{lesson_id}/live', { path, body: { students_may: ['data'] } });
    else await api.delete('/v1/lessons/{lesson_id}/live', { path, ifMatch: `"${version}"` });
    await rows.reload();
    say(version === null ? words.nowHeld : words.nowEnded);
  });
  const columns = useMemo<Column<Row>[]>(() => [
    { id: 'period', title: words.period, width: 8, cell: ({ lesson }) => lesson.period },
    { id: 'when', title: words.when, width: 12, by: ({ lesson }) => lesson.begins_at, cell: ({ lesson }) => <Instant at={lesson.begins_at} /> },
    { id: 'held', title: t().live.title, width: 8, by: ({ version }) => Number(version !== null), cell: ({ version }) => <span class={`chip ${version === null ? '' : 'good'}`}>{version === null ? words.notHeld : words.held}</span> },
    { id: 'deed', title: words.deed, width: 14, cell: (row) => (
      <Button quiet busy={change.busy.value && changing.value === row.lesson.lesson_id} label={row.version === null ? words.holdOne(row.lesson.period) : words.endOne(row.lesson.period)} onPress={() => { void change.run(row); }}>{row.version === null ? words.hold : words.end}</Button>) },
  ], [language.value, change.busy.value]);
  return (
    <Card title={words.lessons}>
      <p class="dim">{words.lessonsHint}</p>
      {change.error.value ? <Fault error={change.error.value} /> : null}
      <Read from={rows}>{(data) => <Table label={words.lessons} rows={data} columns={columns} rowKey={({ lesson }) => lesson.lesson_id} empty={words.none} />}</Read>
    </Card>
  );
}

export default function LiveLessonsPage({ section = '' }: Record<string, string>) {
  const page = useResource<schemas.SectionPage>(`/v1/sections/${section}/page`);
  return <SectionPage section={section} title={page.data.value?.title}><Lessons section={section} /></SectionPage>;
}
