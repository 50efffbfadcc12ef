// Which limit a growing school day reaches first: capacity over the expected peak, why that is so, when, and what to do about it.
import type { schemas } from '@bellwether/client';
import { Figure } from '../../kit/figure.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Known, Read, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';
import { Definition } from './definitions.js';
import { operatorNow } from './operator.js';

type All = schemas.Walls;
type Wall = All['walls'][number];
type Limit = Wall['limits'][number];
type Evidence = Limit['evidence'][number];

const figure = (value: number | null) => (value === null ? null : <span data-varies="1">{numberText(value, { maximumSignificantDigits: 4 })}</span>);
const nameOf = (wall: string) => t().board.wall[wall] ?? wall;

function EvidenceOf({ of }: { of: Limit }) {
  const { board } = t();
  const columns: Column<Evidence>[] = [
    { id: 'what', title: board.figure, width: 18, wrap: true, cell: ({ what }) => <ServerWords text={what} /> },
    { id: 'value', title: board.value, width: 10, number: true, cell: ({ value, unit }) => <>{<Known value={figure(value)} />} {value === null ? '' : unit}</> },
  ];
  return <Table label={`${board.evidence}: ${of.limit}`} rows={of.evidence} columns={columns} rowKey={({ what }) => what} />;
}

function OneLimit({ of }: { of: Limit }) {
  const { board } = t();
  return (
    <>
      <h4><ServerWords text={of.limit} /></h4>
      <p class="small"><span class="dim">{board.capacity}:</span> <Known value={figure(of.capacity)} why={board.notMeasured} /> · <span class="dim">{board.peak}:</span> <Known value={figure(of.peak)} why={board.noForecast} />{' '}
        <span class="dim">(<ServerWords text={of.unit} />)</span></p>
      <p>{board.todo}: <ServerWords text={of.remedy} /></p>
      {of.evidence.length > 0 ? <EvidenceOf of={of} /> : null}
    </>
  );
}

function One({ of }: { of: Wall }) {
  const { board } = t(), first = of.limits[0];
  const means = (name: string) => <Definition schema="Walls" name={name} />;
  return (
    <section class="wall">
      <h3>{nameOf(of.wall)} <span class={`chip ${of.standing === 'far' ? 'good' : of.standing === 'unknown' ? '' : 'bad'}`}>{board.standing[of.standing]}</span></h3>
      <dl class="figures">
        <Figure name={board.headroom} value={of.headroom === null ? null : board.times(numberText(of.headroom, { maximumSignificantDigits: 3 }))} why={first?.peak === null ? board.noForecast : board.notMeasured} meaning={board.headroomMeaning} />
        <Figure name={board.growth} value={of.growth_a_week === null ? null : numberText(of.growth_a_week, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' })} why={board.fewWeeks} meaning={means('growth_a_week')} />
        <div class="figure"><dt>{board.reached}</dt><dd><Known value={of.reached_at && <Instant at={of.reached_at} />} why={board.notForeseeable} /></dd></div>
      </dl>
      {first && (of.standing === 'near' || of.standing === 'reached') ? <p><strong>{board.todo}:</strong> <ServerWords text={first.remedy} /></p> : null}
      <details class="more">
        <summary>{board.evidence}: {nameOf(of.wall)}</summary>
        {of.limits.map((limit) => <OneLimit key={limit.limit} of={limit} />)}
      </details>
    </section>
  );
}

export function Walls() {
  const { board } = t(), from = useResource<All>('/v1/ops/walls', { by: operatorNow, everyMs: 60_000 });
  return (
    <Card title={board.walls}>
      <Read from={from}>
        {({ nearest, walls }) => (
          <>
            <p>{nearest !== null ? board.nearest(nameOf(nearest)) : walls.every(({ standing }) => standing === 'unknown') ? board.nothingSaid : board.noneNear}</p>
            {walls.map((wall) => <One key={wall.wall} of={wall} />)}
          </>
        )}
      </Read>
    </Card>
  );
}
