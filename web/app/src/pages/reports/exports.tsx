// The reader's exports: how far each is, and its file.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { ask } from '../../api.js';
import { bytesText } from '../../kit/figure.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Empty, Fault, Read, Said, ServerWords } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { numberText, t } from '../../text/index.js';
import { addressOf, titleOf, useAbout, useClasses, type SectionLine } from './data.js';
import { exportsPath, goesOn, type ReportExport } from './export_watch.js';
import '../../style/reports.css';
import '../../style/teacher.css';

type Exports = schemas.ReportExportPage;
const tones: Partial<Record<ReportExport['state'], string>> = { completed: 'good', failed: 'bad' };

function Facts({ of }: { of: ReportExport }) {
  const { reports: { exports: words, ...reports } } = t();
  return (
    <>
      <dl class="facts small">
        {of.rows === null ? null : <><dt>{words.rows}</dt><dd>{numberText(of.rows)}</dd></>}
        {of.bytes === null ? null : <><dt>{words.size}</dt><dd data-varies="1 kB">{bytesText(of.bytes)}</dd></>}
        {of.as_of === null ? null : <><dt>{reports.asOf}</dt><dd><Instant at={of.as_of} seconds />{of.stale ? <> <span class="chip bad">{words.stale}</span></> : null}</dd></>}
        {of.expires_at === null ? null : <><dt>{words.expires}</dt><dd><Instant at={of.expires_at} /></dd></>}
      </dl>
      {of.sha256 === null ? null : <details class="small"><summary>{words.checksum}</summary><code dir="ltr" data-varies="0">{of.sha256}</code></details>}
    </>
  );
}

function Far({ of, title }: { of: ReportExport; title: string }) {
  return (
    <p class="far">
      <progress aria-label={t().reports.exports.farOf(title)} {...(of.progress === null ? {} : { value: of.progress, max: 1 })} />
      {of.progress === null ? null : <span>{numberText(of.progress, { style: 'percent', maximumFractionDigits: 0 })}</span>}
    </p>
  );
}

function One({ of, from, classes }: { of: ReportExport; from: Resource<Exports>; classes: readonly SectionLine[] | undefined }) {
  const { reports: { exports: words } } = t(), title = titleOf(of.report_id, of.title), about = useAbout(of.arguments, classes), path = `${exportsPath}/${of.export_id}`;
  const cancelling = useDeed(async () => { await ask({ method: 'POST', path: `${path}/cancel` }); say(words.cancelled); await from.reload(); });
  const removing = useDeed(async () => { await ask({ method: 'DELETE', path }); say(words.removed); await from.reload(); });
  const fetching = useDeed(async () => {
    const { body } = await ask<schemas.FileLink>({ method: 'POST', path: `${path}/link` });
    const link = document.createElement('a');
    [link.href, link.download] = [body.path, '']; // its name comes with it
    link.click();
  });
  const fault = fetching.error.value ?? cancelling.error.value ?? removing.error.value;
  return (
    <li class="export">
      <p><a href={addressOf(of.report_id, of.arguments)}><strong>{title}</strong></a> <span class={`chip ${tones[of.state] ?? ''}`}>{words.states[of.state]}</span> <span class="dim">{words.formats[of.format]}</span></p>
      <p class="dim small">{about === '' ? null : <>{about} · </>}{words.askedAt} <Instant at={of.created_at} /></p>
      {of.state === 'waiting' && of.not_before ? <p>{words.notBefore} <Instant at={of.not_before} /></p> : null}
      {of.state === 'running' ? <Far of={of} title={title} /> : null}
      {of.state === 'completed' ? <Facts of={of} /> : null}
      {of.state === 'expired' ? <p class="small">{words.expiredHint}</p> : null}
      {of.state === 'failed' ? <Said kind="bad">{words.failedHint} {of.error ? <ServerWords text={of.error.detail} sentence /> : null}</Said> : null}
      {fault ? <Fault error={fault} /> : null}
      <div class="actions tight">
        {of.state === 'completed' ? <Button busy={fetching.busy.value} label={words.downloadOf(title)} onPress={() => { void fetching.run(); }}>{words.download}</Button> : null}
        {goesOn(of) ? <Button quiet busy={cancelling.busy.value} label={words.cancelOf(title)} onPress={() => { void cancelling.run(); }}>{words.cancel}</Button>
          : <Button quiet busy={removing.busy.value} label={words.removeOf(title)} onPress={() => { void removing.run(); }}>{words.remove}</Button>}
      </div>
    </li>
  );
}

export default function ExportsPage() {
  const { reports, shell } = t(), busy = useSignal(false), classes = useClasses();
  const from = useResource<Exports>(exportsPath, { pages: true, everyMs: busy.value ? 2_000 : 30_000 });
  const some = from.data.value?.data.some(goesOn) ?? false;
  useEffect(() => { busy.value = some; }, [some]);
  return (
    <Page title={reports.exports.title} above={<p class="trail"><a href="/app/reports">{shell.nav.reports}</a></p>}>
      <p class="dim">{reports.exports.hint}</p>
      <Read from={from}>
        {({ data }) => <Card>{data.length === 0 ? <Empty>{reports.exports.none}</Empty> : <ul class="plain exports">{data.map((one) => <One key={one.export_id} of={one} from={from} classes={classes} />)}</ul>}</Card>}
      </Read>
    </Page>
  );
}
