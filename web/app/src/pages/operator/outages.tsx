// Which services work, when none did, and time that is given back because of something else.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { now } from '../../api.js';
import { ConfirmByName, Dialog } from '../../kit/dialog.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Known, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant, instantText, spanText } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { api, operator } from './operator.js';

type Outages = schemas.OperatorOutageList;
type Outage = schemas.OperatorOutage;

/** What a field for an instant holds, in this device's zone. */
const local = (ms: number) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function Declare({ from, onClose }: { from: Resource<Outages>; onClose: () => void }) {
  const { outages } = t().operator, asking = useSignal(false);
  const began = useSignal(local(now() - 3_600_000)), ended = useSignal(local(now())), reason = useSignal('');
  const [first, last] = [Date.parse(began.value), Date.parse(ended.value)], span = last > first ? spanText(last - first) : undefined;
  const declaring = useDeed(async () => {
    await api.post('/v1/operator/outages', { body: { began_at: new Date(first).toISOString(), ended_at: new Date(last).toISOString(), reason: reason.value.trim() } });
    say(outages.declared);
    onClose();
    await from.reload();
  });
  if (asking.value && span)
    return (
      <ConfirmByName title={outages.confirm} name={span} deed={outages.declare} busy={declaring.busy.value} onConfirm={() => { void declaring.run(); }} onClose={() => { asking.value = false; }}>
        <p>{outages.gives(span, instantText(first), instantText(last))}</p>
        <p>{outages.noWayBack}</p>
        {declaring.error.value ? <Fault error={declaring.error.value} /> : null}
      </ConfirmByName>
    );
  return (
    <Dialog title={outages.declare} onClose={onClose}>
      <p class="dim">{outages.declareHint(Intl.DateTimeFormat().resolvedOptions().timeZone)}</p>
      <Form label={outages.declare} onSubmit={() => { if (span && reason.value.trim() !== '') asking.value = true; }} fields={['began_at', 'ended_at', 'reason']}>
        <Field label={outages.began} type="datetime-local" value={began} error={declaring.of('began_at')} />
        <Field label={outages.ended} type="datetime-local" value={ended} error={span ? declaring.of('ended_at') : outages.order} />
        <Field label={outages.reason} hint={outages.reasonHint} value={reason} maxLength={500} error={declaring.of('reason')} />
        <div class="actions"><Button type="submit" disabled={!span || reason.value.trim() === ''}>{outages.goOn}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
      </Form>
    </Dialog>
  );
}

const columns = (): Column<Outage>[] => {
  const { outages } = t().operator;
  return [
    { id: 'service', title: outages.service, width: 10, by: ({ service }) => service, cell: ({ service }) => outages.services[service] },
    { id: 'began', title: outages.began, width: 13, by: ({ began_at }) => began_at, cell: ({ began_at }) => <Instant at={began_at} /> },
    { id: 'span', title: outages.span, width: 10, by: ({ began_at, ended_at }) => Date.parse(ended_at) - Date.parse(began_at),
      cell: ({ began_at, ended_at }) => <span data-varies="1">{spanText(Date.parse(ended_at) - Date.parse(began_at))}</span> },
    { id: 'settled', title: outages.settled, width: 13, cell: ({ settled, final }) => (settled ? outages.isSettled : final ? outages.waits : outages.notFinal) },
    { id: 'reason', title: outages.reason, width: 16, cell: ({ reason, service }) => (service === 'declared' ? <Known value={reason} /> : outages.measured) },
  ];
};

function AllOutages({ from }: { from: Resource<Outages> }) {
  const { outages } = t().operator, shape = useMemo(columns, [language.value]);
  return (
    <Read from={from}>
      {({ services, data }) => (
        <>
          <Card title={outages.now}>
            <ul class="plain">
              {services.map(({ service, works, works_until }) => (
                <li key={service}><strong>{outages.services[service]}</strong>{' '}
                  <span class={`chip ${works ? 'good' : 'bad'}`}>{works ? outages.works : outages.away}</span>{' '}
                  <span class="dim small">{outages.lastSaid} <Instant at={works_until} /></span></li>
              ))}
            </ul>
          </Card>
          <Card title={outages.past}><Table label={outages.past} rows={data} columns={shape} rowKey={({ outage_id }) => outage_id} empty={outages.none} /></Card>
        </>
      )}
    </Read>
  );
}

export default function OutagesPage() {
  const { places, outages } = t().operator, declaring = useSignal(false);
  const from = useResource<Outages>('/v1/operator/outages', { by: operator, everyMs: 10_000 });
  return (
    <Desk title={places.outages} actions={<Button onPress={() => { declaring.value = true; }}>{outages.declare}</Button>}>
      <AllOutages from={from} />
      {declaring.value ? <Declare from={from} onClose={() => { declaring.value = false; }} /> : null}
    </Desk>
  );
}
