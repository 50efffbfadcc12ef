// Who would be in two places at once. The server names sections by their ids; their titles are asked for when there is a conflict.
import { useEffect, useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { useList } from '../../kit/list.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Read, Said } from '../../kit/said.js';
import { MomentThere } from '../../kit/school_time.js';
import { Table, type Column } from '../../kit/table.js';
import { language, numberText, t } from '../../text/index.js';

type Conflict = schemas.TimetableConflicts['data'][number];
type Titles = ReadonlyMap<string, string>;

const sectionLink = (section: string, titles: Titles) => <a href={`/app/teaching/${section}`}>{titles.get(section) ?? t().timetable.conflicts.section}</a>;
const lessonText = ({ section_id, period }: schemas.LessonInConflict, titles: Titles) => <>{sectionLink(section_id, titles)} <span class="dim">{period}</span></>;

function whatText({ kind, what }: Conflict, titles: Titles) {
  const { conflicts } = t().timetable;
  if (kind === 'teacher') return <a href={`/app/people/${what}`}>{conflicts.teacher}</a>;
  if (kind === 'section') return sectionLink(what, titles);
  return kind === 'room' ? conflicts.room(what) : conflicts.students(numberText(parseInt(what, 10))); // "24 students"
}

function Found({ of, zone }: { of: readonly Conflict[]; zone: string }) {
  const { conflicts } = t().timetable, sections = useList<schemas.SectionLine>('/v1/sections?of=institution&limit=500');
  const titles = useMemo<Titles>(() => new Map(sections.rows.value.map(({ section_id, title }) => [section_id, title])), [sections.rows.value]);
  const columns = useMemo<Column<Conflict>[]>(() => [
    { id: 'kind', title: conflicts.kind, width: 10, by: ({ kind }) => kind, cell: (one) => whatText(one, titles) },
    { id: 'first', title: conflicts.first, width: 14, wrap: true, cell: ({ first }) => lessonText(first, titles) },
    { id: 'second', title: conflicts.second, width: 14, wrap: true, cell: ({ second }) => lessonText(second, titles) },
    { id: 'at', title: conflicts.at, width: 11, by: ({ at }) => at, cell: ({ at }) => <MomentThere at={at} zone={zone} /> },
    { id: 'times', title: conflicts.times, width: 6, number: true, by: ({ times }) => times, cell: ({ times }) => <span data-varies="4">{numberText(times)}</span> },
  ], [language.value, titles, zone]);
  return <Table label={conflicts.title} rows={of} columns={columns} rowKey={({ kind, what, first, second }) => `${kind} ${what} ${first.lesson_id} ${second.lesson_id}`} />;
}

export function Conflicts({ version, zone }: { version: number; zone: string }) {
  const { conflicts } = t().timetable, from = useResource<schemas.TimetableConflicts>('/v1/timetable/conflicts');
  useEffect(() => { if (from.data.peek()) void from.reload(); }, [version]); // another timetable has others
  return (
    <Card title={conflicts.title}>
      <Read from={from}>
        {({ data, more }) => (data.length === 0 ? <Said kind="good"><p>{conflicts.none}</p></Said> : (
          <>
            <p>{conflicts.hint}{more ? ` ${conflicts.more}` : ''}</p>
            <Found of={data} zone={zone} />
          </>
        ))}
      </Read>
    </Card>
  );
}
