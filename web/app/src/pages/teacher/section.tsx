// A section's page as its teachers keep it: assignments, announcements, materials.
import type { schemas } from '@bellwether/client';
import { Card } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';
import { Announcements } from './announcements.js';
import type { Assignment, List } from './data.js';
import { Materials } from './materials.js';
import { SectionPage } from './parts.js';

/** Those that were withdrawn: each page takes its own back. */
function Withdrawn({ section }: { section: string }) {
  const list = useResource<List<Assignment>>('/v1/assignments?active=false', { pages: true }).data.value?.data.filter(({ section_id }) => section_id === section) ?? [];
  if (list.length === 0) return null;
  return (
    <details><summary>{t().teacher.form.withdrawnOnes(list.length)}</summary>
      <ul class="lines">{list.map(({ assignment_id, title }) => <li key={assignment_id}><a href={`/app/teaching/assignments/${assignment_id}/edit`}>{title}</a></li>)}</ul>
    </details>
  );
}

export default function Section({ section = '' }: Record<string, string>) {
  const page = useResource<schemas.SectionPage>(`/v1/sections/${section}/page`);
  const { teacher } = t(), again = () => page.reload();
  return (
    <SectionPage section={section} title={page.data.value?.title}>
      <Read from={page}>
        {({ assignments, announcements, materials }) => (
          <>
            <Card title={t().shell.nav.assignments} actions={<a class="button quiet" href={`/app/teaching/${section}/new`}>{teacher.form.title}</a>}>
              {assignments.length === 0 ? <Empty /> : (
                <ul class="lines">{assignments.map(({ assignment_id, title, due_at }) => (
                  <li key={assignment_id}>
                    <a href={`/app/teaching/assignments/${assignment_id}`}>{title}</a>
                    <span class="dim"><Instant at={due_at} /> <Countdown to={due_at} /></span>
                    <a class="small" href={`/app/marking/${assignment_id}`}>{teacher.works.title}<span class="unseen"> {title}</span></a>
                  </li>
                ))}</ul>
              )}
              <Withdrawn section={section} />
            </Card>
            <Announcements section={section} list={announcements.data} more={announcements.next !== null} onChange={again} />
            <Materials section={section} list={materials} onChange={again} />
          </>
        )}
      </Read>
    </SectionPage>
  );
}
