// What somebody was told, with a way to what it is about.
import type { schemas } from '@bellwether/client';
import { has } from '../../api.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Empty, Known } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { useLive, type Notice } from '../../live.js';
import { t } from '../../text/index.js';

export const useNotices = (): Resource<schemas.NoticePage> => useLiveNotices(useResource<schemas.NoticePage>('/v1/notices?limit=50'));

/** The newest, with those that come while the page is open. */
export function useLiveNotices(notices: Resource<schemas.NoticePage>): Resource<schemas.NoticePage> {
  useLive((notice) => {
    const has = notices.data.peek();
    if (!notice || !has) void notices.reload();
    else if (!has.data.some(({ notice_id }) => notice_id === notice.notice_id)) notices.set({ ...has, data: [notice, ...has.data], unread: Math.min(has.unread + 1, 100) });
  });
  return notices;
}

function About({ notice }: { notice: Notice }) {
  const { notices } = t().everybody;
  const path = notice.announcement_id ? `/v1/announcements/${notice.announcement_id}` : `/v1/assignments/${notice.assignment_id}`;
  const about = useResource<{ title: string; section_id: string }>(path), gone = about.error.value?.status === 404;
  const section = notice.section_id ?? about.data.value?.section_id ?? '', studies = has('student');
  const to = notice.kind === 'grade_released' ? (studies ? `/app/grades/${notice.assignment_id}` : '/app/teaching') : `/app/${studies ? 'sections' : 'teaching'}/${section}`;
  const title = about.data.value?.title;
  return (
    <>
      <span class="dim">{notices.kinds[notice.kind]}</span>{' '}
      {gone ? <Known value={null} why={notices.gone} /> : title === undefined ? <Known value={null} /> : <a href={to}>{title}</a>}
    </>
  );
}

export function NoticeList({ notices }: { notices: readonly Notice[] }) {
  const { notices: texts } = t().everybody;
  if (notices.length === 0) return <Empty>{texts.none}</Empty>;
  return (
    <ul class="notices">
      {notices.map((notice) => (
        <li key={notice.notice_id} class={notice.read_at ? 'read' : 'unread'}>
          <p>{notice.read_at ? null : <span class="chip">{texts.new}</span>} <About notice={notice} /></p>
          <p class="dim small"><Instant at={notice.created_at} /></p>
        </li>
      ))}
    </ul>
  );
}
