// The institution's timetable as it stands, and what administrators do with it.
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Read } from '../../kit/said.js';
import { knownZone, LongDay, weekdayText } from '../../kit/school_time.js';
import { Table, type Column } from '../../kit/table.js';
import { language, numberText, t } from '../../text/index.js';
import { Conflicts } from './timetable_conflicts.js';
import { Exceptions } from './timetable_exceptions.js';
import { Files } from './timetable_files.js';
import { Start } from './timetable_start.js';
import '../../style/admin.css';
import '../../style/timetable.css';

type Timetable = schemas.Timetable;

/** The way to where both are changed. */
const Change = () => <a href="/app/admin/timetable/calendar">{t().timetable.frame.change}</a>;

function Terms({ of }: { of: Timetable['terms'] }) {
  const { admin } = t().timetable;
  const columns = useMemo<Column<schemas.Term>[]>(() => [
    { id: 'name', title: admin.name, width: 8, wrap: true, cell: ({ name }) => name },
    { id: 'begins', title: admin.begins, width: 9, cell: ({ begins }) => <LongDay of={begins} /> },
    { id: 'ends', title: admin.ends, width: 9, cell: ({ ends }) => <LongDay of={ends} /> },
  ], [language.value]);
  return <Card title={admin.terms} actions={<Change />}><Table label={admin.terms} rows={of} columns={columns} rowKey={({ name }) => name} empty={admin.noTerms} /></Card>;
}

function Week({ of }: { of: Timetable['week'] }) {
  const { admin } = t().timetable, rows = useMemo(() => of.map((schedule, weekday) => ({ schedule, weekday })), [of]);
  const columns = useMemo<Column<(typeof rows)[number]>[]>(() => [
    { id: 'day', title: admin.weekday, cell: ({ weekday }) => weekdayText(weekday) },
    { id: 'schedule', title: admin.schedule, wrap: true, cell: ({ schedule }) => schedule ?? <span class="dim">{admin.noSchool}</span> },
  ], [language.value]);
  return <Card title={admin.week} actions={<Change />}><Table label={admin.week} rows={rows} columns={columns} rowKey={({ weekday }) => String(weekday)} /></Card>;
}

function RotationCard({ of }: { of: Timetable['rotation'] }) {
  const { admin } = t().timetable;
  return (
    <Card title={admin.rotation}>
      {of === null ? <Empty>{admin.noRotation}</Empty> : (
        <dl class="facts">
          <dt>{admin.names}</dt><dd>{of.names.join(', ')}</dd>
          <dt>{admin.advance}</dt><dd>{admin.advances[of.advance]}</dd>
          <dt>{admin.starts}</dt><dd><LongDay of={of.starts} /></dd>
        </dl>
      )}
    </Card>
  );
}

type Period = schemas.BellSchedule['periods'][number];
function Schedules({ of }: { of: Timetable['schedules'] }) {
  const { admin } = t().timetable;
  const columns = useMemo<Column<Period>[]>(() => [
    { id: 'name', title: admin.period, width: 7, wrap: true, cell: ({ name }) => name },
    { id: 'from', title: admin.from, width: 5, number: true, cell: ({ begin }) => <bdi>{begin}</bdi> },
    { id: 'until', title: admin.until, width: 5, number: true, cell: ({ end }) => <bdi>{end}</bdi> },
  ], [language.value]);
  return (
    <Card title={admin.schedules}>
      {of.length === 0 ? <Empty>{admin.noSchedules}</Empty> : (
        <div class="bells">
          {of.map(({ name, periods }) => <div key={name}><h3>{name}</h3><Table label={name} rows={periods} columns={columns} rowKey={(period) => period.name} empty={admin.noPeriods} /></div>)}
        </div>
      )}
    </Card>
  );
}

export default function TimetableSetup() {
  const { admin } = t().timetable, from = useResource<Timetable>('/v1/timetable');
  return (
    <Page title={t().shell.nav.timetableSetup} wide>
      <Read from={from}>
        {(timetable) => (timetable.version === 0 ? <><Card><Empty>{admin.noneYet}</Empty></Card><Start from={from} timetable={timetable} /></> : (
          <>
            <p>{admin.lessons(timetable.lessons, numberText(timetable.lessons))} <span class="dim">{admin.zone} <bdi dir="ltr" data-varies="Europe/London">{timetable.zone}</bdi></span> <Change /></p>
            <div class="actions"><a class="button" href="/app/admin/timetable/day">{t().timetable.schoolDay.title}</a> <a class="button quiet" href="/app/admin/timetable/lessons">{t().timetable.lessons.title}</a></div>
            <Conflicts version={timetable.version} zone={knownZone(timetable.zone)} />
            <Exceptions from={from} timetable={timetable} />
            <div class="columns">
              <div><Terms of={timetable.terms} /><RotationCard of={timetable.rotation} /></div>
              <div><Week of={timetable.week} /></div>
            </div>
            <Schedules of={timetable.schedules} />
            <Files from={from} />
            <Start from={from} timetable={timetable} />
          </>
        ))}
      </Read>
    </Page>
  );
}
