// What a process and its database are, each two seconds: every figure with its meaning, or why it is missing.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Figure, figureText, unitOf } from '../../kit/figure.js';
import { Button } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Plot, type Line } from '../../kit/plot.js';
import { useResource } from '../../kit/resource.js';
import { Known, Read, Said, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, t } from '../../text/index.js';
import { Definition } from './definitions.js';
import { Desk } from './desk.js';
import { useHistory, type History } from './history.js';
import { operatorNow } from './operator.js';

type Overview = schemas.Overview;
type Told = schemas.Figure;

const isFigure = (part: unknown): part is Told => typeof part === 'object' && part !== null && 'missing' in part && 'metric' in part;
const figuresOf = (part: object) => Object.entries(part).filter((entry): entry is [string, Told] => isFigure(entry[1]));
const nameOf = (name: string) => (t().operator.figures as Record<string, string>)[name] ?? name.replaceAll('_', ' ');

/** What wants somebody to look. */
const wrong: Record<string, (value: Told['value']) => boolean> = {
  reachable: (value) => value === false, synchronised: (value) => value === false, server_reached: (value) => value === false, follower_in_step: (value) => value === false,
  sealed: (value) => value === true, full: (value) => value === true, failing: (value) => value === true,
  state: (value) => value === 'waiting' || value === 'stopped',
  set_aside: (value) => Number(value) > 0, witnesses_failing: (value) => Number(value) > 0, breakers_open: (value) => Number(value) > 0, lost: (value) => Number(value) > 0,
};

function One({ schema, name, told, title }: { schema: string; name: string; told: Told; title?: string }) {
  return (
    <Figure name={title ?? nameOf(name)} value={told.value} unit={unitOf(name)} why={told.missing && <ServerWords text={told.missing} />} bad={told.value !== null && (wrong[name]?.(told.value) ?? false)}
      meaning={<Definition schema={schema} name={name} metric={told.metric} />} />
  );
}

function Part({ title, schema, of, children }: { title: string; schema: string; of: object; children?: ComponentChildren }) {
  return (
    <Card title={title}>
      {children}
      <dl class="figures">{figuresOf(of).map(([name, told]) => <One key={name} schema={schema} name={name} told={told} />)}</dl>
    </Card>
  );
}

/** Objects of the same figures, a row each. */
function Rows<Row extends object>({ label, schema, rows, id, empty }: { label: string; schema: string; rows: Row[]; id: keyof Row & string; empty: string }) {
  const shape = rows[0] ? figuresOf(rows[0]).map(([name, { metric }]) => `${name} ${metric ?? ''}`).join() : '';
  const columns = useMemo<Column<Row>[]>(() => {
    const told = (row: Row, name: string) => (row as Record<string, unknown>)[name] as Told;
    return [
      { id, title: t().operator.overview.of, width: 12, by: (row) => String(row[id]), cell: (row) => <code>{String(row[id])}</code> },
      ...shape.split(',').filter(Boolean).map((one): Column<Row> => {
        const [name = '', metric] = one.split(' ');
        return {
          id: name, title: nameOf(name), width: name === 'per_second' || name === 'at_once' ? 7 : 6, number: true, meaning: <Definition schema={schema} name={name} metric={metric ?? null} />,
          by: (row) => { const { value } = told(row, name); return typeof value === 'boolean' ? Number(value) : value; },
          cell: (row) => {
            const { value, missing } = told(row, name);
            return <span data-varies={value === null ? undefined : '1'} title={(missing && t().serverWords(missing)) ?? missing ?? undefined}><Known value={value === null ? undefined : figureText(value, unitOf(name))} /></span>;
          },
        };
      }),
    ];
  }, [shape, language.value]);
  return <Table label={label} rows={rows} columns={columns} rowKey={(row) => String(row[id])} empty={empty} />;
}

function Plots({ history }: { history: History }) {
  const { overview } = t().operator, { at, read } = history;
  const lanes = history.last?.lanes.map(({ name }) => name) ?? [];
  const line = (name: string, of: string, get: (one: Overview) => Told | undefined): Line => ({ name, unit: unitOf(of), values: read.map((one) => { const value = one && get(one)?.value; return typeof value === 'number' ? value : null; }) });
  const inLane = (lane: string, figure: 'queued' | 'oldest_seconds') => line(lane, figure, (one) => one.lanes.find(({ name }) => name === lane)?.[figure]);
  return (
    <div class="plots" data-moves>
      <Plot label={overview.lanesPlot} at={at} height={160} lines={lanes.map((lane) => inLane(lane, 'queued'))} />
      <Plot label={overview.waitPlot} at={at} height={160} lines={lanes.map((lane) => inLane(lane, 'oldest_seconds'))} />
      <Plot label={overview.jobsPlot} at={at} height={160} lines={[line(nameOf('waiting'), 'waiting', (one) => one.jobs.waiting), line(nameOf('running'), 'running', (one) => one.jobs.running)]} />
      <Plot label={overview.behindPlot} at={at} height={160} lines={[line(nameOf('queued'), 'queued', (one) => one.journal.queued), line(nameOf('behind'), 'behind', (one) => one.recorder.behind)]} />
    </div>
  );
}

function Glance({ of }: { of: Overview }) {
  const { overview } = t().operator;
  return (
    <dl class="figures glance">
      <One schema="OverviewJobs" name="waiting" told={of.jobs.waiting} title={overview.jobsWaiting} />
      <One schema="OverviewJobs" name="oldest_seconds" told={of.jobs.oldest_seconds} title={overview.oldestJob} />
      <One schema="OverviewJobs" name="dead" told={of.jobs.dead} />
      <One schema="OverviewRecorder" name="behind" told={of.recorder.behind} />
      <One schema="OverviewJournal" name="left_seconds" told={of.journal.left_seconds} title={overview.journalLeft} />
      {of.replicas.map((replica) => <One key={replica.name} schema="OverviewReplica" name="lag_seconds" told={replica.lag_seconds} title={overview.lagOf(replica.name)} />)}
      {of.replicas.length === 0 ? <Figure name={overview.lag} value={null} why={overview.noReplica} meaning={<Definition schema="Overview" name="replicas" />} /> : null}
      <One schema="OverviewDatabase" name="reachable" told={of.database.reachable} />
    </dl>
  );
}

function Whole({ of, history }: { of: Overview; history: History }) {
  const { overview } = t().operator;
  return (
    <>
      <p>
        <span class={`chip ${of.ready ? 'good' : 'bad'}`}>{of.ready ? overview.ready : overview.notReady}</span>{' '}
        <span class="dim small">{overview.process} <code data-varies="host:1">{of.process.instance}</code> {of.process.version}, {overview.since} <Instant at={of.process.started_at} />, {overview.asOf} <Instant at={of.at} seconds /></span>
      </p>
      {of.not_ready_because ? <Said kind="bad"><ServerWords text={of.not_ready_because} /></Said> : null}
      <Glance of={of} />
      <Plots history={history} />
      <Card title={overview.lanes}><Rows label={overview.lanes} schema="OverviewLane" rows={of.lanes} id="name" empty={overview.noLanes} /></Card>
      <Card title={overview.jobs} actions={<a href="/app/operator/dead-letters">{t().operator.places.deadLetters}</a>}>
        <dl class="figures">{figuresOf(of.jobs).map(([name, told]) => <One key={name} schema="OverviewJobs" name={name} told={told} />)}</dl>
        <h3>{overview.kinds}</h3>
        <Rows label={overview.kinds} schema="OverviewJobKind" rows={of.jobs.kinds} id="kind" empty={overview.noKinds} />
      </Card>
      <Part title={overview.journal} schema="OverviewJournal" of={of.journal} />
      <Part title={overview.recorder} schema="OverviewRecorder" of={of.recorder} />
      <Part title={overview.database} schema="OverviewDatabase" of={of.database} />
      <Part title={overview.reports} schema="OverviewReports" of={of.reports}>{of.reports.reason ? <Said><ServerWords text={of.reports.reason} /></Said> : null}</Part>
      {of.replicas.map((replica) => (
        <Part key={replica.name} title={replica.name} schema="OverviewReplica" of={replica}>{replica.reason ? <Said><ServerWords text={replica.reason} /></Said> : null}</Part>
      ))}
      <details class="more">
        <summary>{overview.more}</summary>
        <Part title={overview.heads} schema="OverviewHeads" of={of.heads} />
        <Part title={overview.archive} schema="OverviewArchive" of={of.archive} />
        <Part title={overview.clock} schema="OverviewClock" of={of.clock} />
        <Part title={overview.revocations} schema="OverviewRevocations" of={of.revocations} />
        <Part title={overview.directory} schema="OverviewDirectory" of={of.directory} />
        <Part title={overview.audit} schema="OverviewAudit" of={of.audit} />
        <Part title={overview.mail} schema="OverviewMail" of={of.mail} />
        <Part title={overview.events} schema="OverviewEvents" of={of.events} />
      </details>
    </>
  );
}

export default function OverviewPage() {
  const { places, overview } = t().operator, held = useSignal(false);
  const from = useResource<Overview>('/v1/operator/overview', { by: operatorNow, ...(held.value ? {} : { everyMs: 2000 }) });
  const history = useHistory(from);
  return (
    <Desk title={places.overview} actions={<Button quiet onPress={() => { held.value = !held.value; }}>{held.value ? overview.goOn : overview.hold}</Button>}>
      <Read from={from}>{(of) => <Whole of={of} history={history} />}</Read>
    </Desk>
  );
}
