// Reports of storms that were kept: one, or two of a kind side by side.
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button } from '../../kit/form.js';
import { figureText } from '../../kit/figure.js';
import { useResource } from '../../kit/resource.js';
import { Known, Read, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, numberText, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { operator } from './operator.js';

type Report = schemas.StormReportList['data'][number];

function AllStorms() {
  const { storms } = t().operator, chosen = useSignal<readonly string[]>([]), { route } = useLocation();
  const from = useResource<schemas.StormReportList>('/v1/operator/storm-reports?limit=100', { by: operator });
  const columns = useMemo<Column<Report>[]>(() => [
    { id: 'at', title: storms.started, width: 13, by: ({ started_at }) => started_at,
      cell: ({ id, started_at, damaged }) => (damaged === null && started_at ? <a href={`/app/operator/storms/${id}`}><Instant at={started_at} /></a> : <code>{id}</code>) },
    { id: 'storm', title: storms.storm, width: 8, by: ({ storm }) => storm, cell: ({ storm }) => <Known value={storm} /> },
    { id: 'users', title: storms.users, width: 7, number: true, by: ({ users }) => users, cell: ({ users }) => <Known value={users === null ? null : numberText(users)} /> },
    { id: 'ok', title: storms.ok, width: 14, wrap: true, by: ({ ok }) => (ok === null ? null : Number(ok)),
      cell: ({ ok, damaged }) => (damaged !== null ? <span class="bad-text" title={damaged}>{storms.damaged}: <ServerWords text={damaged} /></span> : <span class={`chip ${ok ? 'good' : 'bad'}`}>{ok ? storms.yes : storms.no}</span>) },
    { id: 'size', title: storms.size, width: 7, number: true, by: ({ size_bytes }) => size_bytes, cell: ({ size_bytes }) => figureText(size_bytes, 'bytes') },
    { id: 'choose', title: storms.compare, width: 7, cell: ({ id, damaged }) => (damaged !== null ? null : (
      <input type="checkbox" class="choose" aria-label={storms.compareOne(id)} checked={chosen.value.includes(id)} onChange={(event) => {
        const rest = chosen.value.filter((one) => one !== id);
        chosen.value = event.currentTarget.checked ? [...rest, id].slice(-2) : rest;
      }} />
    )) },
  ], [language.value, chosen.value]);
  return (
    <Read from={from}>
      {({ data, reports, missing }) => (
        <>
          {reports > data.length ? <p>{storms.kept(numberText(reports))}</p> : null}
          {data.length > 1 ? (
            <div class="actions">
              <Button disabled={chosen.value.length !== 2} onPress={() => { route(`/app/operator/storms/${[...chosen.value].sort().join('/')}`); }}>{storms.compareTwo}</Button>
              {chosen.value.length === 2 ? null : <p class="dim">{storms.choose}</p>}
            </div>
          ) : null}
          <Table label={t().operator.places.storms} rows={data} columns={columns} rowKey={({ id }) => id} empty={<Known value={null} why={missing ? <ServerWords text={missing} /> : storms.none} />} />
        </>
      )}
    </Read>
  );
}

export default function StormsPage() {
  const { places, storms } = t().operator;
  return <Desk title={places.storms}><p class="dim">{storms.hint}</p><AllStorms /></Desk>;
}
