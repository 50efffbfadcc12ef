// Addresses at which the reader's calendar programs read their lessons: made, shown once, revoked.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { api } from '../../api.js';
import { Dialog } from '../../kit/dialog.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Fault, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import '../../style/everybody.css';
import '../../style/timetable.css';

type Feed = schemas.CalendarFeed;
const nameOf = ({ name }: Feed) => name || t().timetable.feeds.unnamed;

/** Shown once: it is on this page alone, and nowhere else on this device. */
function Address({ path, onDone }: { path: string; onDone: () => void }) {
  const { feeds } = t().timetable, place = useRef<HTMLDivElement>(null), address = useSignal(`${location.origin}${path}`);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address.value);
    } catch { // an address without https, or a browser that forbids it
      place.current?.querySelector('input')?.select();
      document.execCommand('copy');
    }
    say(feeds.copied);
  };
  return (
    <div class="said good" role="status" ref={place}>
      <p><strong>{feeds.once}</strong></p>
      <Field label={feeds.address} value={address} readOnly spellcheck={false} />
      <p>{feeds.who}</p>
      <div class="actions"><Button onPress={() => { void copy(); }}>{feeds.copy}</Button><Button quiet onPress={onDone}>{feeds.done}</Button></div>
    </div>
  );
}

function Revoking({ feed, onDone, onClose }: { feed: Feed; onDone: (feed: Feed) => Promise<void>; onClose: () => void }) {
  const { feeds } = t().timetable;
  const revoking = useDeed(async () => {
    await api.delete('/v1/calendar-feeds/{feed_id}', { path: { feed_id: feed.feed_id } });
    say(feeds.revoked(nameOf(feed)));
    onClose();
    await onDone(feed);
  });
  return (
    <Dialog title={feeds.revokeTitle(nameOf(feed))} onClose={onClose}>
      <p>{feeds.revokeMeans}</p>
      {revoking.error.value ? <Fault error={revoking.error.value} /> : null}
      <div class="actions">
        <Button danger busy={revoking.busy.value} onPress={() => { void revoking.run(); }}>{feeds.revoke}</Button>
        <Button quiet onPress={onClose}>{t().shell.cancel}</Button>
      </div>
    </Dialog>
  );
}

export function CalendarFeeds() {
  const { feeds } = t().timetable, from = useResource<schemas.CalendarFeedList>('/v1/calendar-feeds');
  const name = useSignal(''), made = useSignal<schemas.MadeCalendarFeed | undefined>(undefined), asked = useSignal<Feed | undefined>(undefined);
  const making = useDeed(async () => {
    made.value = (await api.post('/v1/calendar-feeds', { body: { name: name.value.trim() } })).body;
    name.value = '';
    await from.reload();
  });
  return (
    <Card title={feeds.title}>
      <p>{feeds.hint}</p>
      {made.value ? <Address key={made.value.feed_id} path={made.value.path} onDone={() => { made.value = undefined; }} /> : (
        <Form label={feeds.make} onSubmit={() => { void making.run(); }} error={making.error.value} fields={['name']}>
          <Field label={feeds.name} hint={feeds.nameHint} value={name} maxLength={100} error={making.of('name')} />
          <div class="actions"><Button type="submit" busy={making.busy.value}>{feeds.make}</Button></div>
        </Form>
      )}
      <h3>{feeds.list}</h3>
      <Read from={from}>
        {({ data }) => (data.length === 0 ? <Empty>{feeds.none}</Empty> : (
          <ul class="sessions">
            {data.map((one) => (
              <li key={one.feed_id}>
                <div><strong>{nameOf(one)}</strong><p class="dim small">{feeds.since} <Instant at={one.created_at} /></p></div>
                <Button quiet label={feeds.revokeOne(nameOf(one))} onPress={() => { asked.value = one; }}>{feeds.revoke}</Button>
              </li>
            ))}
          </ul>
        ))}
      </Read>
      {asked.value ? <Revoking feed={asked.value} onClose={() => { asked.value = undefined; }} onDone={async ({ feed_id }) => { if (made.value?.feed_id === feed_id) made.value = undefined; await from.reload(); }} /> : null}
    </Card>
  );
}
