// What a teacher's pages share: where one is, what is beside it, and what is chosen.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import { Page } from '../../kit/page.js';
import { Read } from '../../kit/said.js';
import type { Resource } from '../../kit/resource.js';
import { t } from '../../text/index.js';
import type { Assignment } from './data.js';
import '../../style/teacher.css';

export function Tabs({ label, tabs }: { label: string; tabs: readonly (readonly [string, string])[] }) {
  const { path } = useLocation();
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([to, name]) => <a key={to} href={to} aria-current={path === to ? 'page' : undefined}>{name}</a>)}
    </nav>
  );
}

export function SectionPage({ section, title, children }: { section: string; title: string | undefined; children: ComponentChildren }) {
  const { teacher } = t(), at = `/app/teaching/${section}`;
  return (
    <Page wide title={title ?? teacher.section} above={<p class="trail"><a href="/app/teaching">{t().shell.nav.teaching}</a></p>}
      actions={<a class="button quiet" href={`/app/reports?section=${section}`}>{t().reports.forThisClass}</a>}>
      <Tabs label={teacher.ofSection} tabs={[[at, teacher.page], [`${at}/students`, teacher.students.title]]} />
      {children}
    </Page>
  );
}

/** A page about one assignment; `children` once it is known. */
export function AssignmentPage({ from, id, children }: { from: Resource<Assignment>; id: string; children: (assignment: Assignment) => ComponentChildren }) {
  const { teacher } = t(), at = `/app/teaching/assignments/${id}`, assignment = from.data.value;
  return (
    <Page wide title={assignment?.title ?? teacher.assignment}
      above={<p class="trail"><a href="/app/teaching">{t().shell.nav.teaching}</a>{assignment ? <> / <a href={`/app/teaching/${assignment.section_id}`}>{assignment.section_title}</a></> : null}</p>}>
      <Tabs label={teacher.ofAssignment} tabs={[[at, teacher.submissions.title], [`/app/marking/${id}`, teacher.works.title], [`${at}/scheme`, teacher.scheme.title],
        [`${at}/edit`, teacher.form.edit], [`${at}/similarity`, teacher.similarity.title]]} />
      <Read from={from}>{children}</Read>
    </Page>
  );
}

export function Search({ value, label, onInput }: { value: string; label: string; onInput: (text: string) => void }) {
  return <label class="search">{label}<input type="search" value={value} onInput={(event) => onInput(event.currentTarget.value)} /></label>;
}

/** Which of many are chosen. */
export function useChosen() {
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const set = (id: string, on: boolean) => {
    const next = new Set(chosen.value);
    if (on) next.add(id); else next.delete(id);
    chosen.value = next;
  };
  return { chosen, set, all: (ids: readonly string[]) => { chosen.value = new Set(ids); }, none: () => { chosen.value = new Set(); } };
}
