// Institutions: find one, make one.
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Dialog } from '../../kit/dialog.js';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { Listed, useList } from '../../kit/list.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, numberText, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { api, operator } from './operator.js';
import { zones } from '../../kit/school_time.js';
import { StateChip } from './tenant_parts.js';

type Tenant = schemas.Tenant;

function NewTenant({ onClose }: { onClose: () => void }) {
  const { tenants } = t().operator, { route } = useLocation();
  const slug = useSignal(''), name = useSignal(''), zone = useSignal(Intl.DateTimeFormat().resolvedOptions().timeZone), locale = useSignal('en');
  const key = useMemo(() => crypto.randomUUID(), []);
  const making = useDeed(async () => {
    const { body } = await api.post('/v1/operator/tenants', {
      idempotencyKey: key, body: { slug: slug.value.trim(), name: name.value.trim(), zone: zone.value, locale: locale.value.trim() },
    });
    say(tenants.made(body.name));
    route(`/app/operator/tenants/${body.tenant_id}`);
  });
  return (
    <Dialog title={tenants.make} onClose={onClose}>
      <Form label={tenants.make} onSubmit={() => { void making.run(); }} error={making.error.value} fields={['slug', 'name', 'locale']}>
        <Field label={tenants.name} value={name} error={making.of('name')} />
        <Field label={tenants.slug} hint={tenants.slugHint} value={slug} autocapitalize="none" spellcheck={false} error={making.of('slug')} />
        <Choice label={tenants.zone} value={zone} options={zones(zone.value)} />
        <Field label={tenants.locale} hint={tenants.localeHint} value={locale} error={making.of('locale')} />
        <div class="actions"><Button type="submit" busy={making.busy.value}>{tenants.make}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
      </Form>
    </Dialog>
  );
}

const columns = (): Column<Tenant>[] => {
  const { tenants } = t().operator;
  return [
    { id: 'name', title: tenants.name, width: 16, by: ({ name }) => name, cell: ({ tenant_id, name }) => <a href={`/app/operator/tenants/${tenant_id}`}>{name}</a> },
    { id: 'slug', title: tenants.slug, width: 10, by: ({ slug }) => slug, cell: ({ slug }) => slug },
    { id: 'state', title: tenants.state, width: 8, by: ({ state }) => state, cell: ({ state }) => <StateChip state={state} /> },
    { id: 'zone', title: tenants.zone, width: 11, by: ({ zone }) => zone, cell: ({ zone }) => zone },
    { id: 'hosts', title: tenants.hosts, width: 6, number: true, by: ({ hosts }) => hosts.length, cell: ({ hosts }) => numberText(hosts.length) },
    { id: 'created', title: tenants.created, width: 13, by: ({ created_at }) => created_at, cell: ({ created_at }) => <Instant at={created_at} /> },
  ];
};

function Institutions() {
  const { tenants } = t().operator, typed = useSignal(''), state = useSignal<'' | 'active' | 'suspended'>('');
  const list = useList<Tenant>('/v1/operator/tenants?limit=500', operator);
  const all = list.rows.value, wanted = typed.value.trim().toLowerCase();
  const rows = useMemo(() => all.filter(({ name, slug, hosts, state: is }) =>
    (state.value === '' || state.value === is) && (wanted === '' || [name, slug, ...hosts].some((text) => text.toLowerCase().includes(wanted)))), [all, wanted, state.value]);
  const shape = useMemo(columns, [language.value]);
  return (
    <>
      <div class="filters">
        <Field label={tenants.search} type="search" value={typed} />
        <Choice label={tenants.state} value={state} options={[['', tenants.anyState], ['active', tenants.states.active], ['suspended', tenants.states.suspended]]} />
      </div>
      <Listed from={list}>{() => <Table label={t().operator.places.tenants} rows={rows} columns={shape} rowKey={({ tenant_id }) => tenant_id} empty={tenants.none} />}</Listed>
    </>
  );
}

export default function Tenants() {
  const { places, tenants } = t().operator, making = useSignal(false);
  return (
    <Desk title={places.tenants} actions={<Button onPress={() => { making.value = true; }}>{tenants.make}</Button>}>
      <Institutions />
      {making.value ? <NewTenant onClose={() => { making.value = false; }} /> : null}
    </Desk>
  );
}
