// All notices; those that were seen here are noted as read on a press.
import { api } from '../../api.js';
import { useSignal } from '@preact/signals';
import { Button, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { Fault, Read } from '../../kit/said.js';
import { unread, type Notice } from '../../live.js';
import { t } from '../../text/index.js';
import { NoticeList, useNotices } from './notice_list.js';
import '../../style/everybody.css';

export default function Notices() {
  const { notices: texts } = t().everybody, notices = useNotices(), older = useSignal<Notice[]>([]), next = useSignal<string | null | undefined>(undefined);
  const reading = useDeed(async () => {
    const newest = notices.data.peek()?.data[0];
    if (!newest) return;
    const { body } = await api.post('/v1/notices/read', { body: { up_to: newest.notice_id } });
    unread.value = body.unread;
    await notices.reload();
  });
  const more = useDeed(async () => {
    const cursor = next.peek() ?? notices.data.peek()?.next;
    if (!cursor) return;
    const { body } = await api.get('/v1/notices', { query: { limit: 50, cursor } });
    older.value = [...older.peek(), ...body.data];
    next.value = body.next;
  });
  const error = reading.error.value ?? more.error.value;
  return (
    <Page title={t().shell.nav.notices} actions={unread.value ? <Button quiet busy={reading.busy.value} onPress={() => { void reading.run(); }}>{texts.readAll}</Button> : undefined}>
      {error ? <Fault error={error} /> : null}
      <Card>
        <Read from={notices}>
          {(page) => (
            <>
              <NoticeList notices={[...page.data, ...older.value]} />
              {(next.value === undefined ? page.next : next.value) ? <Button quiet busy={more.busy.value} onPress={() => { void more.run(); }}>{t().shell.more}</Button> : null}
            </>
          )}
        </Read>
      </Card>
    </Page>
  );
}
