// The timetable's tables as files, out and in: a file is tried first, and what it would change is looked at before it is applied.
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button, Choice, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { Fault } from '../../kit/said.js';
import { saveAs } from '../../kit/save.js';
import { say } from '../../kit/toast.js';
import { sendBytes } from '../../kit/upload.js';
import { isStale } from '../../kit/version.js';
import { numberText, t } from '../../text/index.js';

type Outcome = schemas.TimetableImport;
const tables = ['schedules', 'exceptions', 'lessons'] as const;
type What = (typeof tables)[number] | 'holidays';
const columns: Record<(typeof tables)[number], string> = {
  schedules: 'schedule,period,begin,end', exceptions: 'date,kind,schedule,weekday,rotation,note', lessons: 'id,section,period,days,rotation,room,teacher,term',
};

interface Tried { what: What; file: File; outcome: Outcome; etag: string }

/** A table names the version that it replaces; holidays are added to whatever stands. */
async function send(what: What, file: File, etag: string, trial: boolean): Promise<Omit<Tried, 'what' | 'file'>> {
  const query = trial ? '?trial=true' : '';
  const answer = what === 'holidays' ? await sendBytes('POST', `/v1/timetable/holidays${query}`, { 'Content-Type': 'text/calendar' }, file)
    : await sendBytes('PUT', `/v1/timetable/tables/${what}${query}`, { 'Content-Type': 'text/csv', 'If-Match': etag }, file);
  return { outcome: await answer.json() as Outcome, etag: answer.headers.get('ETag') ?? etag };
}

function Downloads() {
  const { files } = t().timetable;
  const fetching = useDeed(async (table: string) => { saveAs(`${table}.csv`, await (await sendBytes('GET', `/v1/timetable/tables/${table}`, { Accept: 'text/csv' })).text(), 'text/csv'); });
  return (
    <>
      <p>{files.downloads}</p>
      <div class="actions">
        {tables.map((table) => <Button key={table} quiet busy={fetching.busy.value} onPress={() => { void fetching.run(table); }}>{files.downloadOne(files.tables[table])}</Button>)}
      </div>
      {fetching.error.value ? <Fault error={fetching.error.value} /> : null}
    </>
  );
}

function Would({ tried: { what, outcome } }: { tried: Tried }) {
  const { files } = t().timetable, nothing = outcome.added + outcome.changed + outcome.removed === 0;
  return (
    <>
      <h3>{files.would}</h3>
      <p>{nothing ? files.nothing : files.nothingYet}</p>
      <dl class="facts">
        <dt>{files.added}</dt><dd>{numberText(outcome.added)}</dd>
        <dt>{files.changed}</dt><dd>{numberText(outcome.changed)}</dd>
        <dt>{files.removed}</dt><dd>{outcome.removed > 0 ? <strong class="bad-text">{numberText(outcome.removed)}</strong> : numberText(0)}</dd>
        {what === 'holidays' ? <><dt>{files.ignored}</dt><dd>{numberText(outcome.ignored)} <span class="dim small">{files.ignoredHint}</span></dd></> : null}
        <dt>{files.conflicts}</dt><dd>{outcome.conflicts >= 100 ? files.manyConflicts : numberText(outcome.conflicts)}</dd>
      </dl>
      {outcome.conflicts > 0 ? <p class="said bad">{files.hasConflicts}</p> : null}
    </>
  );
}

function Chosen({ what, onFile }: { what: What; onFile: (file: File) => void }) {
  const { files } = t().timetable, id = useId(), over = useSignal(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    over.value = false;
    const dropped = event.dataTransfer?.files[0];
    if (dropped) onFile(dropped);
  };
  return (
    <div class={`drop ${over.value ? 'over' : ''}`} onDragOver={(event) => { event.preventDefault(); over.value = true; }} onDragLeave={() => { over.value = false; }} onDrop={drop}>
      <label for={id}>{files.file}</label>
      <p class="hint" id={`${id}-hint`}>{files.fileHint} {what === 'holidays' ? files.holidaysHint : <>{files.columns} <code dir="ltr">{columns[what]}</code></>}</p>
      <input type="file" id={id} accept={what === 'holidays' ? '.ics,text/calendar' : '.csv,text/csv'} aria-describedby={`${id}-hint`}
        onChange={(event) => { const chosen = event.currentTarget.files?.[0]; if (chosen) onFile(chosen); }} />
    </div>
  );
}

export function Files({ from }: { from: Resource<schemas.Timetable> }) {
  const { files } = t().timetable, what = useSignal<What>('exceptions'), chosen = useSignal<File | undefined>(undefined), tried = useSignal<Tried | undefined>(undefined);
  const forget = () => { chosen.value = tried.value = undefined; };
  const trying = useDeed(async (of: What, file: File) => {
    applying.error.value = undefined;
    tried.value = undefined;
    await from.reload();
    tried.value = { what: of, file, ...await send(of, file, from.etag.peek() ?? '', true) };
  });
  const applying = useDeed(async ({ what: of, file, etag }: Tried) => {
    try {
      await send(of, file, etag, false);
    } catch (error) {
      if (isStale(error)) tried.value = undefined; // what was looked at is not what it would do now
      throw error;
    }
    forget();
    say(files.was);
    await from.reload();
  });
  const take = (file: File) => { chosen.value = file; void trying.run(what.value, file); };
  const failed = trying.error.value ?? applying.error.value, all: readonly What[] = [...tables, 'holidays'];
  return (
    <Card title={files.title}>
      <p>{files.hint}</p>
      <Downloads />
      <div onInput={(event) => { if (event.target instanceof HTMLSelectElement) { forget(); trying.error.value = undefined; } }}>
        <Choice label={files.what} value={what} options={all.map((one) => [one, files.tables[one]] as const)} />
      </div>
      <Chosen key={what.value} what={what.value} onFile={take} />
      {chosen.value ? <p><strong>{chosen.value.name}</strong></p> : null}
      {failed ? <Fault error={failed} /> : null}
      <div role="status">{tried.value ? <Would tried={tried.value} /> : null}</div>
      {chosen.value ? (
        <div class="actions">
          {tried.value ? <Button busy={applying.busy.value} onPress={() => { if (tried.value) void applying.run(tried.value); }}>{files.apply}</Button>
            : <Button busy={trying.busy.value} onPress={() => { if (chosen.value) void trying.run(what.value, chosen.value); }}>{files.check}</Button>}
          <Button quiet onPress={() => { forget(); trying.error.value = applying.error.value = undefined; }}>{files.otherFile}</Button>
        </div>
      ) : null}
    </Card>
  );
}
