// What is due, the next bell first.
import { Page } from '../../kit/page.js';
import { Empty, Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, Instant } from '../../kit/time.js';
import { t } from '../../text/index.js';

interface Assignment { assignment_id: string; title: string; section_title: string; due_at: string }

export default function Today() {
  const assignments = useResource<{ data: Assignment[] }>('/v1/assignments');
  return (
    <Page title={t().shell.nav.today}>
      <Read from={assignments}>
        {({ data }) => (data.length === 0 ? <Empty /> : (
          <ul class="list">
            {data.map(({ assignment_id, title, section_title, due_at }) => (
              <li key={assignment_id}><a href={`/app/assignments/${assignment_id}`}><strong>{title}</strong> <span class="dim">{section_title}</span> <Instant at={due_at} /> <Countdown to={due_at} /></a></li>
            ))}
          </ul>
        ))}
      </Read>
    </Page>
  );
}
