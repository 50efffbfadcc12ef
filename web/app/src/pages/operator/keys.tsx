// The keys that sign access tokens: the next one, and one that has leaked.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { ConfirmByName, Dialog } from '../../kit/dialog.js';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { api, operator } from './operator.js';

type Key = schemas.SigningKey;
type Keys = schemas.SigningKeyList;

function Rotate({ from, onClose }: { from: Resource<Keys>; onClose: () => void }) {
  const { keys } = t().operator, algorithm = useSignal<'' | 'EdDSA' | 'ES256'>(''), ahead = useSignal('15');
  const making = useDeed(async () => {
    const { body } = await api.post('/v1/operator/signing-keys', { body: { announce_seconds: Math.round(Number(ahead.value) * 60), ...(algorithm.value !== '' && { algorithm: algorithm.value }) } });
    say(keys.made(body.kid));
    onClose();
    await from.reload();
  });
  return (
    <Dialog title={keys.make} onClose={onClose}>
      <p>{keys.makeHint}</p>
      <Form label={keys.make} onSubmit={() => { void making.run(); }} error={making.error.value} fields={['announce_seconds']}>
        <Choice label={keys.algorithm} value={algorithm} options={[['', keys.asBefore], ['EdDSA', 'EdDSA'], ['ES256', 'ES256']]} />
        <Field label={keys.ahead} hint={keys.aheadHint} type="number" min={0} max={1440} value={ahead} error={making.of('announce_seconds')} />
        <div class="actions"><Button type="submit" busy={making.busy.value}>{keys.make}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
      </Form>
    </Dialog>
  );
}

function Revoke({ kid, from, onClose }: { kid: string; from: Resource<Keys>; onClose: () => void }) {
  const { keys } = t().operator;
  const revoking = useDeed(async () => {
    await api.post('/v1/operator/signing-keys/{kid}/revoke', { path: { kid } });
    say(keys.revoked(kid));
    onClose();
    await from.reload();
  });
  return (
    <ConfirmByName title={keys.revokeTitle} name={kid} deed={keys.revoke} busy={revoking.busy.value} onConfirm={() => { void revoking.run(); }} onClose={onClose}>
      <p>{keys.revokeHint}</p>
      {revoking.error.value ? <Fault error={revoking.error.value} /> : null}
    </ConfirmByName>
  );
}

export default function KeysPage() {
  const { places, keys } = t().operator, making = useSignal(false), revoking = useSignal<string | undefined>(undefined);
  const from = useResource<Keys>('/v1/operator/signing-keys', { by: operator });
  const columns = useMemo<Column<Key>[]>(() => [
    { id: 'kid', title: keys.kid, width: 13, cell: ({ kid }) => <code data-varies="kid">{kid}</code> },
    { id: 'state', title: keys.state, width: 9, by: ({ state }) => state,
      cell: ({ state }) => <span class={`chip ${state === 'signing' ? 'good' : state === 'revoked' ? 'bad' : ''}`}>{keys.states[state]}</span> },
    { id: 'algorithm', title: keys.algorithm, width: 7, cell: ({ algorithm }) => algorithm },
    { id: 'from', title: keys.from, width: 13, by: ({ signs_from }) => signs_from, cell: ({ signs_from }) => <Instant at={signs_from} /> },
    { id: 'revoke', title: keys.deed, width: 9, cell: ({ kid, state }) => (state === 'revoked' ? null : <Button quiet label={keys.revokeOne(kid)} onPress={() => { revoking.value = kid; }}>{keys.revoke}</Button>) },
  ], [language.value]);
  return (
    <Desk title={places.keys} actions={<Button onPress={() => { making.value = true; }}>{keys.make}</Button>}>
      <p>{keys.hint}</p>
      <Read from={from}>{({ data }) => <Table label={places.keys} rows={data} columns={columns} rowKey={({ kid }) => kid} />}</Read>
      {making.value ? <Rotate from={from} onClose={() => { making.value = false; }} /> : null}
      {revoking.value ? <Revoke kid={revoking.value} from={from} onClose={() => { revoking.value = undefined; }} /> : null}
    </Desk>
  );
}
