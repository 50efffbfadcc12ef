// Roster imports: a package is dropped here, and what it would change is looked at before anything is.
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useId, useMemo, useRef } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Listed, useList } from '../../kit/list.js';
import { Card, Page } from '../../kit/page.js';
import { Progress } from '../../kit/progress.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { uploadFile } from '../../kit/upload.js';
import { figureText } from '../../kit/figure.js';
import { language, t } from '../../text/index.js';
import { api } from './data.js';
import { StateChip, changes } from './import_parts.js';

type Line = schemas.RosterImportLine;

/** Takes a file by the field, or by dropping it there. */
function FileField({ label, hint, file, onFile }: { label: string; hint: string; file: File | undefined; onFile: (file: File) => void }) {
  const id = useId(), over = useSignal(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    over.value = false;
    const dropped = event.dataTransfer?.files[0];
    if (dropped) onFile(dropped);
  };
  return (
    <div class={`drop ${over.value ? 'over' : ''}`} onDragOver={(event) => { event.preventDefault(); over.value = true; }} onDragLeave={() => { over.value = false; }} onDrop={drop}>
      <label for={id}>{label}</label>
      <p class="hint" id={`${id}-hint`}>{hint}</p>
      <input type="file" id={id} accept=".zip,application/zip" aria-describedby={`${id}-hint`} onChange={(event) => { const chosen = event.currentTarget.files?.[0]; if (chosen) onFile(chosen); }} />
      {file ? <p><strong>{file.name}</strong> <span class="dim">{figureText(file.size, 'bytes')}</span></p> : null}
    </div>
  );
}

function NewImport() {
  const { imports } = t().admin, { route } = useLocation();
  const file = useSignal<File | undefined>(undefined), source = useSignal('oneroster'), sent = useSignal<number | undefined>(undefined), stop = useRef<AbortController>(undefined);
  const beginning = useDeed(async () => {
    if (!file.value) return;
    const { signal } = stop.current = new AbortController();
    try {
      const upload_id = await uploadFile(file.value, (bytes) => { sent.value = bytes; }, signal);
      const { body } = await api.post('/v1/roster-imports', { body: { upload_id, source: source.value.trim() } });
      route(`/app/imports/${body.import_id}`);
    } catch (error) {
      if (error !== signal.reason) throw error;
    } finally { sent.value = undefined; }
  });
  return (
    <Card title={imports.begin}>
      <Form label={imports.begin} onSubmit={() => { void beginning.run(); }} error={beginning.error.value} fields={['source']}>
        <FileField label={imports.package} hint={imports.packageHint} file={file.value} onFile={(chosen) => { file.value = chosen; }} />
        <Field label={imports.source} hint={imports.sourceHint} value={source} autocapitalize="none" spellcheck={false} maxLength={40} error={beginning.of('source')} />
        {sent.value === undefined ? null : <Progress label={imports.sending} done={sent.value} total={file.value?.size} unit="bytes" />}
        <div class="actions">
          <Button type="submit" busy={beginning.busy.value} disabled={!file.value}>{imports.check}</Button>
          {sent.value === undefined ? null : <Button quiet onPress={() => stop.current?.abort()}>{t().shell.cancel}</Button>}
        </div>
      </Form>
    </Card>
  );
}

export default function ImportsPage() {
  const { imports } = t().admin, list = useList<Line>('/v1/roster-imports?limit=100');
  const columns = useMemo<Column<Line>[]>(() => [
    { id: 'at', title: imports.began, width: 13, by: ({ started_at }) => started_at, cell: ({ import_id, started_at }) => <a href={`/app/imports/${import_id}`}><Instant at={started_at} /></a> },
    { id: 'state', title: imports.state, width: 9, by: ({ state }) => state, cell: ({ state }) => <StateChip state={state} /> },
    { id: 'source', title: imports.source, width: 9, by: ({ source }) => source, cell: ({ source }) => source },
    { id: 'by', title: imports.by, width: 12, by: ({ made_by }) => made_by?.family_name, cell: ({ made_by }) => (made_by ? `${made_by.given_name} ${made_by.family_name}` : imports.operator) },
    { id: 'changes', title: imports.changes, width: 16, cell: ({ counts, error }) => (error ? <span class="bad-text">{error.place || error.code}</span> : changes(counts)) },
  ], [language.value]);
  return (
    <Page title={t().shell.nav.imports} wide>
      <NewImport />
      <Card title={imports.past}><Listed from={list}>{(rows) => <Table label={imports.past} rows={rows} columns={columns} rowKey={({ import_id }) => import_id} empty={imports.none} />}</Listed></Card>
    </Page>
  );
}
