// The reports that the reader may read, by what one wants to know; of one class, those that tell of it.
import { useLocation } from 'preact-iso/router';
import { Card, Page } from '../../kit/page.js';
import { ServerWords } from '../../kit/said.js';
import { t } from '../../text/index.js';
import { addressOf, classTitle, known, titleOf, useClasses, useKinds, type ReportKind } from './data.js';
import { ReadReport } from './fresh.js';

const groups = {
  classes: ['class_progress', 'gradebook', 'grade_distribution', 'engagement_by_day'],
  attention: ['still_to_hand_in', 'at_risk', 'late_and_missing'],
  work: ['marking_backlog', 'assignment_timeline', 'submission_audit'],
  institution: ['institution_overview', 'school_comparison', 'sign_in_activity', 'usage'],
} as const;
type Group = keyof typeof groups | 'others';
const groupOf = ({ report_id }: ReportKind): Group => (Object.keys(groups) as (keyof typeof groups)[]).find((group) => (groups[group] as readonly string[]).includes(report_id)) ?? 'others';

/** Of a group in the order above; those that nobody has put there, as they come. */
function grouped(kinds: readonly ReportKind[]): [Group, ReportKind[]][] {
  const all = [...Object.keys(groups) as Group[], 'others' as const];
  return all.map((group): [Group, ReportKind[]] => {
    const order = (groups as Partial<Record<Group, readonly string[]>>)[group] ?? [];
    return [group, kinds.filter((kind) => groupOf(kind) === group).sort((a, b) => order.indexOf(a.report_id) - order.indexOf(b.report_id))];
  }).filter(([, some]) => some.length > 0);
}

const tellsOfClass = ({ parameters }: ReportKind) => parameters.some(({ kind }) => kind === 'section' || kind === 'assignment');

export default function ReportsPage() {
  const { reports } = t(), { query } = useLocation(), from = useKinds(), section = query['section'], classes = useClasses();
  const title = section === undefined ? undefined : classTitle(classes, section) ?? reports.aClass;
  return (
    <Page title={title === undefined ? t().shell.nav.reports : reports.ofClass(title)}
      above={section === undefined ? undefined : <p class="trail"><a href={`/app/teaching/${section}`}>{title}</a></p>}
      actions={<a class="button quiet" href="/app/reports/exports">{reports.exports.title}</a>}>
      <p class="dim">{reports.intro}</p>
      <ReadReport from={from} ofList>
        {({ data }) => grouped(section === undefined ? data : data.filter(tellsOfClass)).map(([group, kinds]) => (
          <Card key={group} title={reports.groups[group]}>
            <ul class="report-list">{kinds.map((kind) => (
              <li key={kind.report_id}>
                <a href={addressOf(kind.report_id, { section })}><strong>{known(kind.report_id) ? titleOf(kind.report_id, kind.title) : <ServerWords text={kind.title} />}</strong></a>
                <span class="dim">{known(kind.report_id)?.about ?? <ServerWords text={kind.about} />}</span>
              </li>
            ))}</ul>
          </Card>
        ))}
      </ReadReport>
      {section === undefined ? null : <p><a href="/app/reports">{reports.all}</a></p>}
    </Page>
  );
}
