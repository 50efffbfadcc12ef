// When many are expected, so that whoever is signed in renews ahead of it.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Countdown, Instant, instantText, spanText } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, t } from '../../text/index.js';
import { api } from './data.js';

type Bell = schemas.Bell;
const local = (ms: number) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function useBells(from: Resource<schemas.BellList>) {
  const { bells } = t().admin;
  const put = async ({ at, lasts_seconds }: Pick<Bell, 'at' | 'lasts_seconds'>) => {
    const { body } = await api.post('/v1/bells', { body: { at, lasts_seconds } });
    await from.reload();
    return body;
  };
  const remove = async (bell: Bell) => {
    await api.delete('/v1/bells/{bell_id}', { path: { bell_id: bell.bell_id } });
    await from.reload();
  };
  const adding = useDeed(async (at: string, lasts_seconds: number) => {
    const made = await put({ at, lasts_seconds });
    say(bells.added, () => { void back.run(() => remove(made)); });
  });
  const removing = useDeed(async (bell: Bell) => {
    await remove(bell);
    say(bells.removed, () => { void back.run(() => put(bell)); });
  });
  const back = useDeed((deed: () => Promise<unknown>) => deed());
  return { adding, removing, back };
}

export default function BellsPage() {
  const { bells } = t().admin, from = useResource<schemas.BellList>('/v1/bells'), { adding, removing, back } = useBells(from);
  const at = useSignal(local(now() + 86_400_000)), lasts = useSignal('45');
  const columns = useMemo<Column<Bell>[]>(() => [
    { id: 'at', title: bells.at, width: 14, by: ({ at: when }) => when, cell: ({ at: when }) => <Instant at={when} /> },
    { id: 'in', title: bells.in, width: 13, cell: ({ at: when }) => <Countdown to={when} /> },
    { id: 'lasts', title: bells.lasts, width: 10, by: ({ lasts_seconds }) => lasts_seconds, cell: ({ lasts_seconds }) => (lasts_seconds === 0 ? bells.noLength : spanText(lasts_seconds * 1000)) },
    { id: 'deed', title: bells.deed, width: 10, cell: (bell) => <Button quiet label={bells.removeOne(instantText(bell.at))} onPress={() => { void removing.run(bell); }}>{bells.remove}</Button> },
  ], [language.value]);
  const failed = removing.error.value ?? back.error.value;
  return (
    <Page title={t().shell.nav.bells} wide>
      <p>{bells.hint}</p>
      <Card title={bells.add}>
        <Form label={bells.add} onSubmit={() => { void adding.run(new Date(at.value).toISOString(), Math.round(Number(lasts.value) * 60)); }} error={adding.error.value} fields={['at', 'lasts_seconds']}>
          <div class="filters">
            <Field label={bells.at} hint={bells.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)} type="datetime-local" value={at} error={adding.of('at')} />
            <Field label={bells.minutes} hint={bells.minutesHint} type="number" min={0} max={240} value={lasts} error={adding.of('lasts_seconds')} />
          </div>
          <div class="actions"><Button type="submit" busy={adding.busy.value} disabled={at.value === ''}>{bells.add}</Button></div>
        </Form>
      </Card>
      {failed ? <Fault error={failed} /> : null}
      <Read from={from}>{({ data }) => <Table label={t().shell.nav.bells} rows={data} columns={columns} rowKey={({ bell_id }) => bell_id} empty={bells.none} />}</Read>
    </Page>
  );
}
