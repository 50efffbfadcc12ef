// Live classes of all institutions about now: go, or why not; who leads their plans.
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, numberText, t } from '../../text/index.js';
import { concernText } from '../live/concerns.js';
import { Desk } from './desk.js';
import { operatorNow } from './operator.js';
import '../../style/live.css';

type Board = schemas.LiveBoard;
type Line = Board['classes'][number];

function State({ of }: { of: Board }) {
  const { board, teach } = t().live, { leader } = of;
  const number = (value: number) => <span data-varies="1">{numberText(value)}</span>;
  return (
    <Card title={board.states}>
      <p class="dim small">{board.asOf} <Instant at={of.as_of} seconds /></p>
      <dl class="live-facts">
        <dt>{board.noGo}</dt><dd><span class={`chip ${of.no_go === 0 ? 'good' : 'bad'}`}>{numberText(of.no_go)}</span></dd>
        <dt>{board.people}</dt><dd>{numberText(of.people)}</dd>
        {Object.entries(of.states).map(([state, count]) => [<dt key={`${state} name`}>{teach.states[state as Line['state']]}</dt>, <dd key={state}>{numberText(count)}</dd>])}
        <dt>{board.leader}</dt><dd>{leader === null ? board.noRole : leader.leads ? board.leads : board.follows}</dd>
        {leader ? <><dt>{board.clockOff}</dt><dd>{<span data-varies="1">{board.ms(numberText(leader.clock_off_ms))}</span>}</dd><dt>{board.steps}</dt><dd>{number(leader.steps)}</dd><dt>{board.faults}</dt><dd>{number(leader.faults)}</dd><dt>{board.lost}</dt><dd>{number(leader.lost)}</dd></> : null}
      </dl>
    </Card>
  );
}

function Classes({ of }: { of: Board }) {
  const { board, teach } = t().live;
  const columns = useMemo<Column<Line>[]>(() => [
    { id: 'go', title: board.go, width: 6, by: ({ go }) => Number(go), cell: ({ go }) => <span class={`chip ${go ? 'good' : 'bad'}`}>{go ? board.isGo : board.isNoGo}</span> },
    { id: 'begins', title: board.begins, width: 11, by: ({ begins_at }) => begins_at, cell: ({ begins_at }) => <Instant at={begins_at} /> },
    { id: 'state', title: board.state, width: 9, by: ({ state }) => state, cell: ({ state }) => teach.states[state] },
    { id: 'concerns', title: board.concerns, width: 16, wrap: true, cell: ({ concerns }) => concerns.map((one, place) => <>{place > 0 ? ' ' : ''}{concernText(one)}</>) },
    { id: 'warm', title: board.warm, width: 8, number: true, by: ({ warm_planned, warm_verified }) => (warm_planned === 0 ? 1 : warm_verified / warm_planned), cell: ({ warm_planned, warm_verified }) => teach.warmOf(numberText(warm_verified), numberText(warm_planned)) },
    { id: 'people', title: board.people, width: 6, number: true, by: ({ people }) => people, cell: ({ people }) => numberText(people) },
    { id: 'where', title: board.institution, width: 12, cell: ({ tenant_id }) => <a href={`/app/operator/tenants/${tenant_id}`}><code data-varies="ten_1">{tenant_id.slice(0, 12)}</code></a> },
  ], [language.value]);
  return <Card title={board.classes}><Table label={board.classes} rows={of.classes} columns={columns} rowKey={({ live_class_id }) => live_class_id} empty={board.none} /></Card>;
}

export default function LiveBoardPage() {
  const from = useResource<Board>('/v1/ops/live-classes', { by: operatorNow, everyMs: 5_000 });
  return <Desk title={t().live.board.title}><Read from={from}>{(of) => <><State of={of} /><Classes of={of} /></>}</Read></Desk>;
}
