// Jobs of all institutions that nobody tries any more, by reason, and the way back for them.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button } from '../../kit/form.js';
import { Redrive } from '../../kit/redrive.js';
import { useResource } from '../../kit/resource.js';
import { Read, ServerWords } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, numberText, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { api, operator } from './operator.js';

type Letters = schemas.OperatorDeadLetters['data'][number];
const limit = 500;

function AllLetters() {
  const { deadLetters } = t().operator, chosen = useSignal<Letters | undefined>(undefined);
  const from = useResource<schemas.OperatorDeadLetters>(`/v1/operator/dead-letters?limit=${limit}`, { by: operator, everyMs: 15_000 });
  const columns = useMemo<Column<Letters>[]>(() => [
    { id: 'tenant', title: deadLetters.tenant, width: 11, by: ({ slug, tenant_id }) => slug ?? tenant_id, cell: ({ slug, tenant_id }) => <a href={`/app/operator/tenants/${tenant_id}`}>{slug ?? tenant_id}</a> },
    { id: 'kind', title: deadLetters.kind, width: 13, by: ({ kind }) => kind, cell: ({ kind }) => <code>{kind}</code> },
    { id: 'error', title: deadLetters.error, width: 20, wrap: true, by: ({ error }) => error, cell: ({ error }) => <span title={error}><ServerWords text={error} /></span> },
    { id: 'count', title: deadLetters.count, width: 6, number: true, by: ({ count }) => count, cell: ({ count }) => numberText(count) },
    { id: 'oldest', title: deadLetters.oldest, width: 13, by: ({ oldest_created_at }) => oldest_created_at, cell: ({ oldest_created_at }) => <Instant at={oldest_created_at} /> },
    { id: 'deed', title: deadLetters.deed, width: 10, cell: (one) => <Button quiet label={deadLetters.redriveOf(one.kind, one.slug ?? one.tenant_id)} onPress={() => { chosen.value = one; }}>{deadLetters.redrive}</Button> },
  ], [language.value]);
  const one = chosen.value, close = () => { chosen.value = undefined; };
  return (
    <>
      <Read from={from}>
        {({ data, letters, reasons }) => (
          <>
            <p>{letters === 0 ? null : deadLetters.all(numberText(letters), reasons, numberText(reasons))}{reasons > data.length ? ` ${deadLetters.most(numberText(data.length))}` : ''}</p>
            <Table label={t().operator.places.deadLetters} rows={data} columns={columns} rowKey={({ tenant_id, kind, error }) => `${tenant_id} ${kind} ${error}`} empty={deadLetters.none} />
          </>
        )}
      </Read>
      {one ? (
        <Redrive kind={one.kind} error={one.error} onClose={close} onDone={() => { close(); void from.reload(); }}
          send={async (body) => (await api.post('/v1/operator/dead-letters/redrive', { body: { ...body, tenant_id: one.tenant_id } })).body}>
          <p><strong>{one.slug ?? one.tenant_id}</strong> <code>{one.kind}</code></p>
        </Redrive>
      ) : null}
    </>
  );
}

export default function DeadLettersPage() {
  const { places, deadLetters } = t().operator;
  return <Desk title={places.deadLetters}><p class="dim">{deadLetters.hint}</p><AllLetters /></Desk>;
}
