// The reader's sections: as far as their assignments tell.
import { Page } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { Instant, useNow } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { inOrder, useAllAssignments, type Assignment } from './lists.js';
import '../../style/student.css';

interface Section { id: string; title: string; next: Assignment | undefined; due: number }

function sectionsOf(assignments: readonly Assignment[], at: number): Section[] {
  const sections = new Map<string, Section>();
  for (const one of assignments) { // by due instant
    const section = sections.get(one.section_id) ?? { id: one.section_id, title: one.section_title, next: undefined, due: 0 };
    if (Date.parse(one.due_at) > at) {
      section.next ??= one;
      section.due += 1;
    }
    sections.set(one.section_id, section);
  }
  return [...sections.values()].sort((a, b) => a.title.localeCompare(b.title));
}

export default function Sections() {
  const assignments = useAllAssignments(), { sections: texts } = t().student, at = useNow(60_000);
  return (
    <Page title={t().shell.nav.sections}>
      <Read from={assignments}>
        {({ data }) => {
          const sections = sectionsOf(inOrder(data), at);
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
