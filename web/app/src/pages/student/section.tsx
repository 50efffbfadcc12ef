// A section: what it was told, its materials, and what is due.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { opened, useSeen } from '../../activity.js';
import { api } from '../../api.js';
import { Button, useDeed } from '../../kit/form.js';
import { Markdown } from '../../kit/markdown.js';
import { Card, Page } from '../../kit/page.js';
import { figureText } from '../../kit/figure.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Fault, Known, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { useLive } from '../../live.js';
import { t } from '../../text/index.js';
import { AssignmentRow } from './rows.js';
import '../../style/student.css';

type Announcement = schemas.Announcement;
type Material = schemas.Material;

function Announcements({ section, first }: { section: string; first: schemas.AnnouncementPage }) {
  const { section: texts } = t().student, older = useSignal<Announcement[]>([]), next = useSignal<string | null | undefined>(undefined);
  const more = useDeed(async () => {
    const cursor = next.peek() ?? first.next;
    if (!cursor) return;
    const { body } = await api.get('/v1/sections/{section_id}/announcements', { path: { section_id: section }, query: { cursor } });
    older.value = [...older.peek(), ...body.data];
    next.value = body.next;
  });
  const all = [...first.data, ...older.value];
  return (
    <Card title={texts.announcements}>
      {all.length === 0 ? <Empty>{texts.noAnnouncements}</Empty> : all.map((one) => <Told key={one.announcement_id} announcement={one} />)}
      {more.error.value ? <Fault error={more.error.value} /> : null}
      {(next.value === undefined ? first.next : next.value) ? <Button quiet busy={more.busy.value} onPress={() => { void more.run(); }}>{t().shell.more}</Button> : null}
    </Card>
  );
}

function Told({ announcement: { announcement_id, title, text, created_at } }: { announcement: Announcement }) {
  return (
    <article ref={useSeen('announcement_read', announcement_id)} class="announcement">
      <h3 dir="auto">{title}</h3>
      <p class="dim small"><Instant at={created_at} /></p>
      <Markdown text={text} />
    </article>
  );
}

function MaterialItem({ material }: { material: Material }) {
  const { section: texts } = t().student, { kind, title, text, url, file } = material, path = file?.path;
  const open = () => opened('material_opened', material.material_id);
  return (
    <li class="material">
      <h3 dir="auto">{title}</h3>
      {text ? <Markdown text={text} /> : null}
      {kind === 'video' && path ? <video controls preload="none" src={path} aria-label={title} onPlay={open} />
        : path ? <p><a href={path} download={file.name} onClick={() => opened('file_downloaded', material.material_id)}>{file.name}</a> <span class="dim">{figureText(file.size, 'bytes')}</span></p>
          : file ? <p><Known value={null} why={texts.fileGone} /></p> : null}
      {url ? <p><a href={url} target="_blank" rel="noopener noreferrer" onClick={open}>{kind === 'video' ? texts.watch(new URL(url).host) : texts.visit(new URL(url).host)}</a></p> : null}
    </li>
  );
}

export default function Section({ id = '' }: Record<string, string>) {
  const { section: texts } = t().student, page = useResource<schemas.SectionPage>(`/v1/sections/${id}/page`);
  useLive((notice) => { if (!notice || notice.section_id === id || notice.kind === 'announcement') void page.reload(); });
  return (
    <Page title={page.data.value?.title ?? texts.title} above={<p class="crumb"><a href="/app/sections">{t().shell.nav.sections}</a></p>}>
      <Read from={page}>
        {({ announcements, materials, assignments }) => (
          <>
            <Announcements section={id} first={announcements} />
            <Card title={texts.materials}>
              {materials.length === 0 ? <Empty>{texts.noMaterials}</Empty> : <ul class="materials">{materials.map((material) => <MaterialItem key={material.material_id} material={material} />)}</ul>}
            </Card>
            <Card title={texts.due}>
              {assignments.length === 0 ? <Empty>{texts.nothingDue}</Empty> : <ul class="list">{assignments.map((one) => <AssignmentRow key={one.assignment_id} assignment={one} standing="unknown" />)}</ul>}
            </Card>
          </>
        )}
      </Read>
    </Page>
  );
}
