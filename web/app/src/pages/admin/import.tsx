// One roster import: how far it is, what it would change, what is wrong; applied or cancelled.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { ConfirmByName } from '../../kit/dialog.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { Progress } from '../../kit/progress.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Known, Read, Said, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { branding } from '../../shell/branding.js';
import { language, numberText, t } from '../../text/index.js';
import { api } from './data.js';
import { entityText, kinds, StateChip, type Counts, type Import } from './import_parts.js';

type Details = NonNullable<Import['details']>;
type Row = { entity: string; counts: { [change: string]: number } };
const working = (state: Import['state']) => state === 'uploaded' || state === 'checking' || state === 'applying';

function Working({ of }: { of: Import }) {
  const { imports } = t().admin, progress = of.progress;
  if (!working(of.state)) return null;
  const rows = progress?.rows_total ? [progress.rows, progress.rows_total] as const : undefined;
  return (
    <Progress label={progress?.step ? imports.step(progress.step) : imports.waits} done={rows ? rows[0] : progress?.bytes} total={rows ? rows[1] : progress?.bytes_total || undefined}
      {...(rows ? {} : { unit: 'bytes' as const })} />
  );
}

function Plan({ counts }: { counts: Counts }) {
  const { imports } = t().admin;
  const rows = Object.entries(counts).map(([entity, of]): Row => ({ entity, counts: of })).filter(({ counts: of }) => Object.values(of).some((n) => n > 0)); // of what the package has
  const columns = useMemo<Column<Row>[]>(() => [
    { id: 'entity', title: imports.table, width: 12, cell: ({ entity }) => entityText(entity) },
    ...[...kinds, 'unchanged', 'ignored'].map((kind): Column<Row> => ({
      id: kind, title: (imports.kinds as { [kind: string]: string })[kind] ?? kind, width: 7, number: true, by: ({ counts: of }) => of[kind],
      cell: ({ counts: of }) => { const n = of[kind] ?? 0; return n === 0 ? <span class="dim">{numberText(0)}</span> : kind === 'removed' || kind === 'disabled' ? <strong class="bad-text">{numberText(n)}</strong> : <strong>{numberText(n)}</strong>; },
    })),
  ], [language.value]);
  return <Table label={imports.plan} rows={rows} columns={columns} rowKey={({ entity }) => entity} />;
}

function Samples({ of }: { of: Details['samples'] }) {
  const { imports } = t().admin;
  if (of.length === 0) return null;
  return (
    <>
      <h3>{imports.samples}</h3>
      {of.map(({ entity, change, rows }) => (
        <details key={`${entity} ${change}`} class="sample">
          <summary>{entityText(entity)}: {imports.kinds[change]}</summary>
          <ul>{rows.map(({ sourced_id, label }) => <li key={sourced_id}>{label} <code class="dim">{sourced_id}</code></li>)}</ul>
        </details>
      ))}
    </>
  );
}

function Errors({ of }: { of: Details }) {
  const { imports } = t().admin;
  type One = Details['errors'][number];
  const columns = useMemo<Column<One>[]>(() => [
    { id: 'file', title: imports.file, width: 11, by: ({ file }) => file, cell: ({ file }) => <code>{file}</code> },
    { id: 'line', title: imports.line, width: 5, number: true, by: ({ line }) => line, cell: ({ line }) => (line === null ? null : numberText(line)) },
    { id: 'column', title: imports.column, width: 5, number: true, cell: ({ column }) => (column === null ? null : numberText(column)) },
    { id: 'reason', title: imports.reason, width: 30, wrap: true, cell: ({ reason }) => <span title={reason}><ServerWords text={reason} /></span> },
  ], [language.value]);
  if (of.errors.length === 0) return null;
  return (
    <Card title={imports.errors}>
      <p>{imports.errorsHint}{of.more_errors ? ` ${imports.moreErrors}` : ''}</p>
      <Table label={imports.errors} rows={of.errors} columns={columns} rowKey={({ file, line, column, reason }) => `${file} ${line} ${column} ${reason}`} />
    </Card>
  );
}

function useDecisions(of: Import, from: Resource<Import>) {
  const { imports } = t().admin, path = { import_id: of.import_id };
  const applying = useDeed(async (accept_removals: boolean) => {
    const { body, etag } = await api.post('/v1/roster-imports/{import_id}/apply', { path, ifMatch: from.etag.peek() ?? '', body: { accept_removals } });
    from.set(body, etag ?? null);
  });
  const cancelling = useDeed(async () => {
    const { body, etag } = await api.post('/v1/roster-imports/{import_id}/cancel', { path });
    from.set(body, etag ?? null);
    say(imports.cancelled);
  });
  return { applying, cancelling };
}

function Decide({ of, from }: { of: Import; from: Resource<Import> }) {
  const { imports } = t().admin, asking = useSignal(false), { applying, cancelling } = useDecisions(of, from);
  const losses = of.details?.losses ?? [], ended = of.state === 'applied' || of.state === 'failed' || of.state === 'cancelled';
  const failed = (asking.value ? undefined : applying.error.value) ?? cancelling.error.value;
  if (ended) return null;
  const lost = <ul>{losses.map(({ entity, lost: n, of: all, percent }) => <li key={entity}>{imports.loss(entityText(entity), numberText(n), numberText(all), numberText(percent))}</li>)}</ul>;
  return (
    <>
      {losses.length > 0 && of.state === 'planned' ? <Said kind="bad"><p><strong>{imports.losses}</strong></p>{lost}</Said> : null}
      {failed ? <Fault error={failed} onRetry={failed.status === 412 ? () => { void from.reload(); } : undefined} /> : null}
      <div class="actions">
        {of.state !== 'planned' ? null
          : losses.length > 0 ? <Button danger onPress={() => { asking.value = true; }}>{imports.apply}</Button>
            : <Button busy={applying.busy.value} onPress={() => { void applying.run(false); }}>{imports.apply}</Button>}
        {of.state === 'applying' ? null : <Button quiet busy={cancelling.busy.value} onPress={() => { void cancelling.run(); }}>{imports.cancel}</Button>}
      </div>
      {asking.value ? (
        <ConfirmByName title={imports.acceptTitle} name={branding.value.name} deed={imports.apply} busy={applying.busy.value}
          onConfirm={() => { void applying.run(true).then((done) => { if (done) asking.value = false; }); }} onClose={() => { asking.value = false; }}>
          {lost}
          <p>{imports.acceptHint}</p>
          {applying.error.value ? <Fault error={applying.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </>
  );
}

function Whole({ of, from }: { of: Import; from: Resource<Import> }) {
  const { imports } = t().admin, details = of.details, counts = of.counts as unknown as Counts;
  return (
    <>
      <dl class="facts">
        <dt>{imports.state}</dt><dd><StateChip state={of.state} /></dd>
        <dt>{imports.source}</dt><dd>{of.source}</dd>
        {of.mode === null && of.state === 'failed' ? null : <><dt>{imports.mode}</dt><dd><Known value={of.mode && imports.modes[of.mode]} why={imports.notOpened} /></dd></>}
        <dt>{imports.by}</dt><dd>{of.made_by ? `${of.made_by.given_name} ${of.made_by.family_name}` : imports.operator}</dd>
        <dt>{imports.began}</dt><dd><Instant at={of.started_at} /></dd>
        {of.finished_at ? <><dt>{imports.ended}</dt><dd><Instant at={of.finished_at} /></dd></> : null}
      </dl>
      <div role="status">
        {of.state === 'applied' ? <p class="said good">{imports.isApplied}</p> : of.state === 'cancelled' ? <p class="said note">{imports.isCancelled}</p>
          : of.state === 'planned' ? <p class="said note">{imports.isPlanned}</p> : null}
        {of.state === 'failed' ? <p class="said bad">{of.error?.code === 'precondition_failed' ? imports.changedSince : imports.isFailed} {of.error?.place ? <code>{of.error.place}</code> : null}</p> : null}
      </div>
      <Working of={of} />
      <Decide of={of} from={from} />
      {details ? <Errors of={details} /> : null}
      {details && details.warnings.length > 0 ? <Card title={imports.warnings}><ul>{details.warnings.map((warning) => <li key={warning}><ServerWords text={warning} /></li>)}</ul></Card> : null}
      {Object.keys(counts).length > 0 ? <Card title={imports.plan}><Plan counts={counts} /><Samples of={details?.samples ?? []} /></Card> : null}
    </>
  );
}

export default function ImportPage({ id = '' }: { [name: string]: string }) {
  const busy = useSignal(true);
  const from = useResource<schemas.RosterImport>(`/v1/roster-imports/${id}`, busy.value ? { everyMs: 1000 } : {});
  const state = from.data.value?.state;
  useEffect(() => { busy.value = state === undefined || working(state); }, [state]);
  return (
    <Page title={t().admin.imports.one} wide above={<p class="back"><a href="/app/imports">{t().shell.nav.imports}</a></p>}>
      <Read from={from}>{(of) => <Whole of={of} from={from} />}</Read>
    </Page>
  );
}
