// What the section is told: said, changed, taken back.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api } from '../../api.js';
import { Area, Button, Field, Form, useDeed } from '../../kit/form.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Markdown } from '../../kit/markdown.js';
import { Card } from '../../kit/page.js';
import { Empty, Fault } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { isStale, TwoVersions } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { etagOf, type List } from './data.js';

type Announcement = schemas.Announcement;
const pathOf = ({ announcement_id }: Announcement) => ({ path: { announcement_id } });

function Write({ section, onDone, onClose }: { section: string; onDone: () => void; onClose: () => void }) {
  const { announcements } = t().teacher;
  const title = useSignal(''), text = useSignal('');
  const telling = useDeed(async () => {
    const { body } = await api.post('/v1/sections/{section_id}/announcements', { path: { section_id: section }, body: { title: title.value.trim(), text: text.value } });
    onDone();
    say(announcements.told, () => {
      void api.delete('/v1/announcements/{announcement_id}', { ...pathOf(body), ifMatch: etagOf(body.version) }).then(onDone, () => say(t().shell.fault));
    });
  });
  return (
    <Form label={announcements.write} onSubmit={() => { void telling.run(); }} error={telling.error.value} fields={['title', 'text']}>
      <Field label={announcements.subject} value={title} maxLength={200} error={telling.of('title')} />
      <Area label={announcements.text} hint={announcements.markdown} rows={5} value={text} error={telling.of('text')} />
      <div class="actions"><Button type="submit" busy={telling.busy.value}>{announcements.tell}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
    </Form>
  );
}

function Change({ announcement, onDone, onClose }: { announcement: Announcement; onDone: () => void; onClose: () => void }) {
  const { announcements } = t().teacher;
  const title = useSignal(announcement.title), text = useSignal(announcement.text), version = useSignal(announcement.version);
  const stands = useSignal<Announcement | undefined>(undefined);
  const changing = useDeed(async () => {
    stands.value = undefined;
    try {
      await api.patch('/v1/announcements/{announcement_id}', { ...pathOf(announcement), ifMatch: etagOf(version.value), body: { title: title.value.trim(), text: text.value } });
    } catch (error) {
      stands.value = (await api.get('/v1/announcements/{announcement_id}', pathOf(announcement)).catch(() => undefined))?.body;
      throw error;
    }
    say(t().shell.saved);
    onDone();
  });
  const stale = isStale(changing.error.value) && stands.value;
  return (
    <Form label={announcements.change} onSubmit={() => { void changing.run(); }} error={stale ? undefined : changing.error.value} fields={['title', 'text']}>
      <Field label={announcements.subject} value={title} maxLength={200} error={changing.of('title')} />
      <Area label={announcements.text} hint={announcements.silent} rows={5} value={text} error={changing.of('text')} />
      {stale ? <TwoVersions rows={[{ name: announcements.subject, stands: stale.title, mine: title.value }, { name: announcements.text, stands: stale.text, mine: text.value }]}
        onMine={() => { version.value = stale.version; void changing.run(); }} onTheirs={onDone} /> : null}
      <div class="actions"><Button type="submit" busy={changing.busy.value}>{t().shell.save}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
    </Form>
  );
}

function One({ announcement, onChange }: { announcement: Announcement; onChange: () => void }) {
  const { announcements } = t().teacher;
  const edits = useSignal(false), asks = useSignal(false);
  const { title, text, created_at } = announcement;
  const withdrawing = useDeed(async () => {
    await api.delete('/v1/announcements/{announcement_id}', { ...pathOf(announcement), ifMatch: etagOf(announcement.version) });
    asks.value = false;
    say(announcements.withdrawn);
    onChange();
  });
  if (edits.value) return <Change announcement={announcement} onDone={() => { edits.value = false; onChange(); }} onClose={() => { edits.value = false; }} />;
  return (
    <>
      <h3>{title} <span class="dim small"><Instant at={created_at} /></span></h3>
      {text ? <Markdown text={text} /> : null}
      <div class="actions tight">
        <Button quiet label={`${announcements.change}: ${title}`} onPress={() => { edits.value = true; }}>{announcements.change}</Button>
        <Button quiet label={`${announcements.withdraw}: ${title}`} onPress={() => { asks.value = true; }}>{announcements.withdraw}</Button>
      </div>
      {asks.value ? (
        <ConfirmByName title={announcements.withdraw} name={title} deed={announcements.withdraw} busy={withdrawing.busy.value} onConfirm={() => { void withdrawing.run(); }} onClose={() => { asks.value = false; }}>
          <p>{announcements.withdrawHint}</p>
          {withdrawing.error.value ? <Fault error={withdrawing.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </>
  );
}

/** All of them, where the page's newest are not all. */
function Older({ section, onChange }: { section: string; onChange: () => void }) {
  const all = useResource<List<Announcement>>(`/v1/sections/${section}/announcements`, { pages: true });
  const list = all.data.value?.data;
  return <>{list ? list.map((one) => <One key={one.announcement_id} announcement={one} onChange={() => { void all.reload(); onChange(); }} />) : <p class="waiting" role="status">{t().shell.loading}</p>}</>;
}

export function Announcements({ section, list, more, onChange }: { section: string; list: Announcement[]; more: boolean; onChange: () => void }) {
  const { announcements } = t().teacher;
  const writes = useSignal(false), all = useSignal(false);
  return (
    <Card title={announcements.title} actions={writes.value ? null : <Button onPress={() => { writes.value = true; }}>{announcements.write}</Button>}>
      {writes.value ? <Write section={section} onDone={() => { writes.value = false; onChange(); }} onClose={() => { writes.value = false; }} /> : null}
      {list.length === 0 && !writes.value ? <Empty>{announcements.none}</Empty> : null}
      {all.value ? <Older section={section} onChange={onChange} /> : list.map((one) => <One key={one.announcement_id} announcement={one} onChange={onChange} />)}
      {more && !all.value ? <Button quiet onPress={() => { all.value = true; }}>{t().shell.more}</Button> : null}
    </Card>
  );
}
