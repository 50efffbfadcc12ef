// One report: what it is asked about, as of when it is so, its picture and its lines.
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useMemo } from 'preact/hooks';
import { Button } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { Empty, Said, ServerWords } from '../../kit/said.js';
import { usePrinting } from '../../kit/table.js';
import { t } from '../../text/index.js';
import { known, titleOf, useAbout, useClasses, useKinds, useReport, type Report, type ReportKind, type SectionLine } from './data.js';
import { Export } from './export.js';
import { Fresh, ReadReport } from './fresh.js';
import { Gradebook, Lines } from './lines.js';
import { argumentsOf, Parameters, requestOf, type Given } from './parameters.js';
import { hasPicture, isAllInPicture, onPaper, Seen } from './pictures.js';
import '../../style/operator.css';
import '../../style/teacher.css';

/** On paper, where the form is not. */
function Asked({ given, classes }: { given: Given; classes: readonly SectionLine[] | undefined }) {
  const about = useAbout(given, classes);
  return about === '' ? null : <p class="on-paper">{about}</p>;
}

function PaperLines({ of, ...more }: { of: Report; classes: readonly SectionLine[] | undefined; section: string | undefined }) {
  const printing = usePrinting(), shown = useMemo(() => (printing ? onPaper(of) : undefined), [of, printing]);
  return shown ? <Card title={t().reports.lines}><Lines of={shown} {...more} /></Card> : null;
}

function Answer({ of, given, classes }: { of: Report; given: Given; classes: readonly SectionLine[] | undefined }) {
  if (of.rows.length === 0) return <Card><Empty>{t().reports.noLines}</Empty></Card>;
  return (
    <>
      {hasPicture(of) ? <Card><Seen of={of} /></Card> : null}
      {isAllInPicture(of) ? <PaperLines of={of} classes={classes} section={given['section']} /> : <Card title={t().reports.lines}>{of.report_id === 'gradebook' ? <Gradebook of={of} /> : <Lines of={of} classes={classes} section={given['section']} />}</Card>}
    </>
  );
}

function Shown({ of, given, classes }: { of: ReportKind; given: Given; classes: readonly SectionLine[] | undefined }) {
  const { reports } = t(), path = requestOf(of, given), from = useReport(path ?? null);
  if (path === undefined) return <Said>{of.parameters.some(({ name, required }) => required && name === 'assignment') ? reports.chooseAssignment : reports.chooseClass}</Said>;
  return <ReadReport from={from}>{(report) => <><Fresh of={report} from={from} /><Answer of={report} given={given} classes={classes} /></>}</ReadReport>;
}

/** Whoever has one class is not asked which. */
function withOnlyClass(kind: ReportKind, given: Given, classes: readonly SectionLine[] | undefined): Given {
  const wants = kind.parameters.some(({ kind: of, required }) => required && (of === 'section' || of === 'assignment'));
  return wants && !given['section'] && classes?.length === 1 ? { ...given, section: classes[0]?.section_id } : given;
}

function One({ of, given: inAddress }: { of: ReportKind; given: Given }) {
  const { reports } = t(), exporting = useSignal(false), classes = useClasses(), given = withOnlyClass(of, inAddress, classes);
  const title = titleOf(of.report_id, of.title), ready = requestOf(of, given) !== undefined, key = JSON.stringify([of.report_id, given]);
  return (
    <Page wide title={title} above={<p class="trail"><a href="/app/reports">{t().shell.nav.reports}</a></p>}
      actions={ready ? <><Button quiet onPress={() => { exporting.value = true; }}>{reports.export}</Button><Button quiet onPress={() => { print(); }}>{reports.print}</Button></> : undefined}>
      <p class="dim">{known(of.report_id)?.about ?? <ServerWords text={of.about} />}</p>
      <Asked given={argumentsOf(of, given)} classes={classes} />
      <Parameters key={key} of={of} given={given} classes={classes} />
      <Shown of={of} given={given} classes={classes} />
      {exporting.value ? <Export report={of.report_id} given={argumentsOf(of, given)} onClose={() => { exporting.value = false; }} /> : null}
    </Page>
  );
}

export default function ReportPage({ id = '' }: { [name: string]: string }) {
  const { reports, shell } = t(), { query } = useLocation(), from = useKinds();
  const kind = from.data.value?.data.find(({ report_id }) => report_id === id);
  if (kind) return <One of={kind} given={query} />;
  return (
    <Page title={titleOf(id, reports.report)} above={<p class="trail"><a href="/app/reports">{shell.nav.reports}</a></p>}>
      <ReadReport from={from} ofList>{() => <p>{known(id) ? shell.notYours : shell.notFound}</p>}</ReadReport>
    </Page>
  );
}
