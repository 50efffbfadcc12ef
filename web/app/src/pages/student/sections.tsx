// The reader's sections, with what is due next in each.
import type { schemas } from '@bellwether/client';
import { Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Read } from '../../kit/said.js';
import { Instant, useNow } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { inOrder, useAllAssignments, type Assignment } from './lists.js';
import '../../style/student.css';

interface Section { id: string; title: string; next: Assignment | undefined; due: number }

function sectionsOf(lines: readonly schemas.SectionLine[], assignments: readonly Assignment[], at: number): Section[] {
  return lines.map(({ section_id, title }) => {
    const due = assignments.filter((one) => one.section_id === section_id && Date.parse(one.due_at) > at);
    return { id: section_id, title, next: due[0], due: due.length };
  });
}

export default function Sections() {
  const lines = useResource<schemas.SectionLinePage>('/v1/sections', { pages: true }), assignments = useAllAssignments(), { sections: texts } = t().student, at = useNow(60_000);
  return (
    <Page title={t().shell.nav.sections}>
      <Read from={lines}>
        {({ data }) => {
          const sections = sectionsOf(data, inOrder(assignments.data.value?.data ?? []), at);
          return sections.length === 0 ? <Empty>{texts.none}</Empty> : (
            <ul class="list">
              {sections.map(({ id, title, next, due }) => (
                <li key={id}>
                  <a href={`/app/sections/${id}`}>
                    <strong>{title}</strong>
                    <span class="dim">{texts.due(due)}</span>
                    {next ? <span>{texts.next} {next.title}, <Instant at={next.due_at} /></span> : null}
                  </a>
                </li>
              ))}
            </ul>
          );
        }}
      </Read>
    </Page>
  );
}
