// One institution: its names, hosts and quotas; served, or suspended.
import { useSignal, type Signal } from '@preact/signals';
import type { schemas } from '@bellwether/client';
import { ConfirmByName } from '../../kit/dialog.js';
import { Area, Button, Check, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { Newest, useSaving, type Version } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { Desk } from './desk.js';
import { api, operator } from './operator.js';
import { zones } from '../../kit/school_time.js';
import { StateChip } from './tenant_parts.js';

type Tenant = schemas.Tenant;
type Rate = schemas.RequestRate | null | undefined;

interface RateFields { limited: Signal<boolean>; rate: Signal<string>; burst: Signal<string> }
function useRate(now: Rate): RateFields {
  return { limited: useSignal(!!now), rate: useSignal(String(now?.requests_per_second ?? 50)), burst: useSignal(String(now?.burst ?? 100)) };
}
const rateOf = ({ limited, rate, burst }: RateFields) => (limited.value ? { requests_per_second: Number(rate.value), burst: Number(burst.value) } : null);

function RateForm({ label, fields: { limited, rate, burst } }: { label: string; fields: RateFields }) {
  const { tenants } = t().operator;
  return (
    <fieldset class="group">
      <legend>{label}</legend>
      <Check label={tenants.limited} value={limited} />
      {limited.value ? (
        <div class="filters">
          <Field label={tenants.perSecond} type="number" min={1} value={rate} />
          <Field label={tenants.burst} type="number" min={1} value={burst} />
        </div>
      ) : null}
    </fieldset>
  );
}

const changeable = ({ slug, name, zone, locale, hosts, quotas }: Tenant): schemas.TenantChange => ({ slug, name, zone, locale, hosts, quotas: { tenant: quotas.tenant ?? null, principal: quotas.principal ?? null } });

function toldOf({ slug, name, zone, locale, hosts, quotas }: schemas.TenantChange) {
  const { tenants } = t().operator, rate = (of: Rate) => (of ? `${tenants.perSecond}: ${of.requests_per_second}\n${tenants.burst}: ${of.burst}` : '');
  return [
    { name: tenants.name, said: name ?? '' }, { name: tenants.slug, said: slug ?? '' }, { name: tenants.zone, said: zone ?? '' }, { name: tenants.locale, said: locale ?? '' }, { name: tenants.hosts, said: hosts?.join('\n') ?? '' },
    { name: tenants.quotaTogether, said: rate(quotas?.tenant) }, { name: tenants.quotaEach, said: rate(quotas?.principal) },
  ];
}

function Change({ version }: { version: Version<Tenant> }) {
  const { tenants } = t().operator, tenant = version.now;
  const slug = useSignal(tenant.slug), name = useSignal(tenant.name), zone = useSignal(tenant.zone), locale = useSignal(tenant.locale);
  const hosts = useSignal(tenant.hosts.join('\n')), together = useRate(tenant.quotas.tenant), each = useRate(tenant.quotas.principal);
  const saving = useSaving(version, {
    put: (body: schemas.TenantChange, ifMatch) => api.patch('/v1/operator/tenants/{tenant_id}', { path: { tenant_id: tenant.tenant_id }, ifMatch, body }),
    changeTo: changeable,
  });
  const wanted = (): schemas.TenantChange => ({
    slug: slug.value.trim(), name: name.value.trim(), zone: zone.value, locale: locale.value.trim(), hosts: hosts.value.split(/\s+/).filter((host) => host !== ''),
    quotas: { tenant: rateOf(together), principal: rateOf(each) },
  });
  return (
    <Card title={tenants.describe}>
      <Form label={tenants.describe} onSubmit={() => { void saving.run(wanted()); }} error={saving.error} fields={['slug', 'name', 'locale', 'hosts']}>
        <Field label={tenants.name} value={name} error={saving.of('name')} />
        <Field label={tenants.slug} hint={tenants.slugChangeHint} value={slug} autocapitalize="none" spellcheck={false} error={saving.of('slug')} />
        <Choice label={tenants.zone} value={zone} options={zones(tenant.zone)} />
        <Field label={tenants.locale} hint={tenants.localeHint} value={locale} error={saving.of('locale')} />
        <Area label={tenants.hosts} hint={tenants.hostsHint} value={hosts} rows={3} spellcheck={false} error={saving.of('hosts')} />
        <RateForm label={tenants.quotaTogether} fields={together} />
        <RateForm label={tenants.quotaEach} fields={each} />
        {saving.other(toldOf)}
        <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
      </Form>
    </Card>
  );
}

function Serving({ tenant, from }: { tenant: Tenant; from: Resource<Tenant> }) {
  const { tenants } = t().operator, asking = useSignal(false);
  const path = { tenant_id: tenant.tenant_id };
  const resuming = useDeed(async () => {
    await api.post('/v1/operator/tenants/{tenant_id}/resume', { path });
    say(tenants.resumed(tenant.name));
    await from.reload();
  });
  const suspending = useDeed(async () => {
    await api.post('/v1/operator/tenants/{tenant_id}/suspend', { path });
    asking.value = false;
    say(tenants.suspended(tenant.name), () => { void resuming.run(); });
    await from.reload();
  });
  const active = tenant.state === 'active';
  return (
    <Card title={tenants.serving}>
      <p>{active ? tenants.suspendHint : tenants.resumeHint}</p>
      {resuming.error.value ? <Fault error={resuming.error.value} /> : null}
      <div class="actions">
        {active ? <Button danger onPress={() => { asking.value = true; }}>{tenants.suspend}</Button>
          : <Button busy={resuming.busy.value} onPress={() => { void resuming.run(); }}>{tenants.resume}</Button>}
      </div>
      {asking.value ? (
        <ConfirmByName title={tenants.suspendTitle(tenant.name)} name={tenant.slug} deed={tenants.suspend} busy={suspending.busy.value}
          onConfirm={() => { void suspending.run(); }} onClose={() => { asking.value = false; }}>
          <p>{tenants.suspendHint}</p>
          {suspending.error.value ? <Fault error={suspending.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}

function Institution({ from }: { from: Resource<Tenant> }) {
  const { tenants } = t().operator;
  return (
    <Read from={from}>
      {(tenant) => (
        <div class="columns">
          <div>
            <dl class="facts">
              <dt>{tenants.slug}</dt><dd>{tenant.slug}</dd>
              <dt>{tenants.state}</dt><dd><StateChip state={tenant.state} /></dd>
              <dt>{tenants.id}</dt><dd><code data-varies="ten_0">{tenant.tenant_id}</code></dd>
              <dt>{tenants.created}</dt><dd><Instant at={tenant.created_at} /></dd>
              <dt>{tenants.changed}</dt><dd><Instant at={tenant.changed_at} /></dd>
            </dl>
            <Serving tenant={tenant} from={from} />
          </div>
          <Newest from={from}>{(version) => <Change version={version} />}</Newest>
        </div>
      )}
    </Read>
  );
}

export default function TenantPage({ id = '' }: Record<string, string>) {
  const { places, tenants } = t().operator, from = useResource<Tenant>(`/v1/operator/tenants/${id}`, { by: operator });
  return (
    <Desk title={from.data.value?.name ?? tenants.one} above={<p class="back"><a href="/app/operator/tenants">{places.tenants}</a></p>}>
      <Institution from={from} />
    </Desk>
  );
}
