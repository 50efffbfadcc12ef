// The institution's jobs: what waits, what nobody tries any more, and the way back for it.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { figureText } from '../../kit/figure.js';
import { Button, Choice, useDeed } from '../../kit/form.js';
import { Listed, useList } from '../../kit/list.js';
import { Card, Page } from '../../kit/page.js';
import { Redrive } from '../../kit/redrive.js';
import { useResource } from '../../kit/resource.js';
import { Fault, Known, Read, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, numberText, t } from '../../text/index.js';
import { api } from './data.js';

type Backlog = schemas.JobBacklog['data'][number];
type Letters = schemas.DeadLetters['data'][number];
type Job = schemas.Job;
type State = Job['state'];
const states: State[] = ['available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded'];

function Waiting() {
  const { jobs } = t().admin, from = useResource<schemas.JobBacklog>('/v1/job-backlog', { everyMs: 5000 });
  const columns = useMemo<Column<Backlog>[]>(() => {
    const count = (id: 'available' | 'later' | 'running' | 'discarded', title: string): Column<Backlog> => ({ id, title, width: 6, number: true, by: (row) => row[id], cell: (row) => numberText(row[id]) });
    const span = (id: 'oldest_seconds' | 'estimate_seconds', title: string): Column<Backlog> => ({
      id, title, width: 10, number: true, by: (row) => row[id], cell: (row) => <span data-varies="1"><Known value={row[id] === null ? null : figureText(row[id], 'seconds')} /></span>,
    });
    return [
      { id: 'kind', title: jobs.kind, width: 14, by: ({ kind }) => kind, cell: ({ kind }) => <code>{kind}</code> },
      count('available', jobs.waiting), count('later', jobs.later), count('running', jobs.running), count('discarded', jobs.dead), span('oldest_seconds', jobs.oldest), span('estimate_seconds', jobs.left),
    ];
  }, [language.value]);
  return <Card title={jobs.backlog}><Read from={from}>{({ data }) => <Table label={jobs.backlog} rows={data} columns={columns} rowKey={({ kind }) => kind} empty={jobs.nothing} />}</Read></Card>;
}

function DeadLetters({ onDone }: { onDone: () => void }) {
  const { jobs } = t().admin, chosen = useSignal<Letters | undefined>(undefined), from = useResource<schemas.DeadLetters>('/v1/dead-letters', { everyMs: 15_000 });
  const columns = useMemo<Column<Letters>[]>(() => [
    { id: 'kind', title: jobs.kind, width: 13, by: ({ kind }) => kind, cell: ({ kind }) => <code>{kind}</code> },
    { id: 'error', title: jobs.reason, width: 20, wrap: true, by: ({ error }) => error, cell: ({ error }) => <span title={error}><ServerWords text={error} /></span> },
    { id: 'count', title: jobs.count, width: 6, number: true, by: ({ count }) => count, cell: ({ count }) => numberText(count) },
    { id: 'oldest', title: jobs.oldestMade, width: 13, by: ({ oldest_created_at }) => oldest_created_at, cell: ({ oldest_created_at }) => <Instant at={oldest_created_at} /> },
    { id: 'deed', title: jobs.deed, width: 10, cell: (one) => <Button quiet label={jobs.redriveOf(one.kind)} onPress={() => { chosen.value = one; }}>{jobs.redrive}</Button> },
  ], [language.value]);
  const one = chosen.value, close = () => { chosen.value = undefined; };
  return (
    <Card title={jobs.deadTitle}>
      <Read from={from}>{({ data }) => <Table label={jobs.deadTitle} rows={data} columns={columns} rowKey={({ kind, error }) => `${kind} ${error}`} empty={jobs.noneDead} />}</Read>
      {one ? (
        <Redrive kind={one.kind} error={one.error} onClose={close} onDone={() => { close(); void from.reload(); onDone(); }}
          send={async (body) => (await api.post('/v1/dead-letters/redrive', { body })).body}>
          <p><code>{one.kind}</code></p>
        </Redrive>
      ) : null}
    </Card>
  );
}

export default function JobsPage() {
  const { jobs } = t().admin, state = useSignal<'' | State>('');
  const list = useList<Job>(`/v1/jobs?limit=500${state.value === '' ? '' : `&state=${state.value}`}`);
  const ending = useDeed(async (job_id: string) => { await api.post('/v1/jobs/{job_id}/cancel', { path: { job_id } }); say(jobs.cancelled); await list.reload(); });
  const retrying = useDeed(async (job_id: string) => { await api.post('/v1/jobs/{job_id}/retry', { path: { job_id } }); say(jobs.retried); await list.reload(); });
  const columns = useMemo<Column<Job>[]>(() => [
    { id: 'kind', title: jobs.kind, width: 13, by: ({ kind }) => kind, cell: ({ kind }) => <code>{kind}</code> },
    { id: 'state', title: jobs.state, width: 9, by: (job) => job.state, cell: (job) => <span class={`chip ${job.state === 'discarded' ? 'bad' : job.state === 'completed' ? 'good' : ''}`}>{jobs.states[job.state]}</span> },
    { id: 'attempt', title: jobs.attempt, width: 6, number: true, by: ({ attempt }) => attempt, cell: ({ attempt }) => numberText(attempt) },
    { id: 'made', title: jobs.made, width: 13, by: ({ created_at }) => created_at, cell: ({ created_at }) => <Instant at={created_at} /> },
    { id: 'error', title: jobs.reason, width: 16, cell: ({ error }) => (error === null ? null : <span title={error}><ServerWords text={error} /></span>) },
    { id: 'deed', title: jobs.deed, width: 16, cell: ({ job_id, kind, state: is }) => (
      <span class="deeds">
        {is === 'retryable' || is === 'scheduled' || is === 'discarded' ? <Button quiet label={jobs.retryOne(kind)} onPress={() => { void retrying.run(job_id); }}>{jobs.retry}</Button> : null}
        {is === 'completed' || is === 'cancelled' || is === 'discarded' ? null : <Button quiet label={jobs.cancelOne(kind)} onPress={() => { void ending.run(job_id); }}>{jobs.cancel}</Button>}
      </span>
    ) },
  ], [language.value]);
  const failed = ending.error.value ?? retrying.error.value;
  return (
    <Page title={t().shell.nav.jobs} wide>
      <Waiting />
      <DeadLetters onDone={() => { void list.reload(); }} />
      <Card title={jobs.all}>
        <div class="filters"><Choice label={jobs.state} value={state} options={[['', jobs.notEnded], ...states.map((one): [State, string] => [one, jobs.states[one]])]} /></div>
        {failed ? <Fault error={failed} /> : null}
        <Listed from={list}>{(rows) => <Table label={jobs.all} rows={rows} columns={columns} rowKey={({ job_id }) => job_id} empty={jobs.nothing} />}</Listed>
      </Card>
    </Page>
  );
}
