// One identity provider: described, or removed by its name.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import type { schemas } from '@bellwether/client';
import type { ApiError } from '../../api.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Area, Button, Check, Choice, Field, Form, useDeed, type Deed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { Newest, useSaving, type Version } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { api } from './data.js';

type Provider = schemas.IdentityProvider;
type Description = schemas.IdentityProviderDescription;
const fields = ['name', 'issuer', 'client_id', 'client_secret', 'email_domains', 'sourced_id_claim', 'username_claim', 'required_claims'];
const words = (typed: string) => typed.split(/[\s,]+/).filter((word) => word !== '');

/** "hd: a.example b.example", a claim a line. */
const claimsText = (claims: Record<string, string[]>) => Object.entries(claims).map(([claim, values]) => `${claim}: ${values.join(' ')}`).join('\n');
const claimsOf = (typed: string) => Object.fromEntries(typed.split('\n').map((line) => line.split(/:(.*)/)).filter(([claim]) => claim?.trim()).map(([claim = '', values = '']) => [claim.trim(), words(values)]));

function useDescription(now: Provider | undefined) {
  const settings = now?.settings;
  const name = useSignal(now?.name ?? ''), preset = useSignal<NonNullable<Description['preset']>>(now?.preset ?? 'generic'), enabled = useSignal(now?.enabled ?? true);
  const issuer = useSignal(now?.issuer ?? ''), client = useSignal(now?.client_id ?? ''), secret = useSignal(''), auth = useSignal(now?.client_auth ?? 'client_secret_basic');
  const byEmail = useSignal(settings?.link_by_email ?? false), domains = useSignal(settings?.email_domains?.join('\n') ?? '');
  const sourcedId = useSignal(settings?.sourced_id_claim ?? ''), username = useSignal(settings?.username_claim ?? ''), newcomers = useSignal<'' | 'student' | 'teacher'>(settings?.create_users_as ?? '');
  const claims = useSignal(claimsText((settings?.required_claims ?? {}) as Record<string, string[]>));
  /** What the page does not show stays as it is. */
  const described = (): Description => ({
    ...(settings && { algorithms: settings.algorithms, scopes: settings.scopes, userinfo: settings.userinfo, email_verified_claim: settings.email_verified_claim }),
    name: name.value.trim(), preset: preset.value, enabled: enabled.value, client_id: client.value.trim(), client_auth: auth.value,
    ...(issuer.value.trim() !== '' && { issuer: issuer.value.trim() }), ...(secret.value !== '' && { client_secret: secret.value }),
    link_by_email: byEmail.value, email_domains: words(domains.value), required_claims: claimsOf(claims.value) as never,
    ...(now || sourcedId.value.trim() !== '' ? { sourced_id_claim: sourcedId.value.trim() || null } : {}),
    ...(now || username.value.trim() !== '' ? { username_claim: username.value.trim() || null } : {}),
    create_users_as: newcomers.value || null,
  } as Description);
  return { name, preset, enabled, issuer, client, secret, auth, byEmail, domains, sourcedId, username, newcomers, claims, described };
}

type It = ReturnType<typeof useDescription>;
/** In words, but for the secret, which nobody sees again. */
function toldOf(it: Description) {
  const { providers } = t().admin, lines = (of: readonly string[] | null | undefined) => (of ?? []).join('\n');
  return [
    { name: providers.name, said: it.name }, { name: providers.preset, said: it.preset ?? '' }, { name: providers.issuer, said: it.issuer ?? '' }, { name: providers.client, said: it.client_id },
    { name: providers.auth, said: it.client_auth ?? '' }, { name: providers.claims, said: claimsText((it.required_claims ?? {}) as Record<string, string[]>) }, { name: providers.domains, said: lines(it.email_domains) },
    { name: providers.sourcedId, said: it.sourced_id_claim ?? '' }, { name: providers.username, said: it.username_claim ?? '' }, { name: providers.byEmail, said: t().shell.figure[it.link_by_email ? 'yes' : 'no'] },
    { name: providers.newcomers, said: it.create_users_as ?? '' }, { name: providers.enabled, said: t().shell.figure[it.enabled === false ? 'no' : 'yes'] },
  ];
}
const described = ({ name, preset, enabled, issuer, client_id, client_auth, settings }: Provider): Description =>
  ({ ...settings, name, preset, enabled, issuer, client_id, client_auth } as unknown as Description);

function Change({ version }: { version: Version<Provider> }) {
  const it = useDescription(version.now), path = { provider_id: version.now.provider_id };
  const saving = useSaving(version, {
    put: (body: Description, ifMatch) => api.put('/v1/identity-providers/{provider_id}', { path, ifMatch, body }),
    changeTo: described,
    hasWayBack: ({ client_secret }) => client_secret === undefined,
  });
  return <Described it={it} stands saving={saving} onSubmit={() => { void saving.run(it.described()); }} busy={saving.busy.value}>{saving.other(toldOf)}</Described>;
}

function Add() {
  const it = useDescription(undefined), { route } = useLocation();
  const adding = useDeed(async () => {
    const { body } = await api.post('/v1/identity-providers', { body: it.described() });
    say(t().shell.saved);
    route(`/app/policy/providers/${body.provider_id}`, true);
  });
  return <Described it={it} saving={{ of: adding.of, error: adding.error.value }} onSubmit={() => { void adding.run(); }} busy={adding.busy.value} />;
}

interface DescribedOptions { it: It; /** One that there is. */ stands?: boolean; saving: { of: Deed['of']; error: ApiError | undefined }; onSubmit: () => void; busy: boolean; children?: ComponentChildren }
function Described({ it, stands = false, saving, onSubmit, busy, children }: DescribedOptions) {
  const { providers } = t().admin;
  return (
    <Form label={providers.describe} onSubmit={onSubmit} error={saving.error} fields={fields}>
      <Field label={providers.name} hint={providers.nameHint} value={it.name} maxLength={100} error={saving.of('name')} />
      <Choice label={providers.preset} value={it.preset} options={[['generic', providers.generic], ['google', 'Google'], ['microsoft', 'Microsoft'], ['clever', 'Clever'], ['classlink', 'ClassLink']]} />
      <Field label={providers.issuer} hint={providers.issuerHint} type="url" value={it.issuer} spellcheck={false} error={saving.of('issuer')} />
      <Field label={providers.client} value={it.client} spellcheck={false} autocomplete="off" error={saving.of('client_id')} />
      <Field label={providers.secret} hint={stands ? providers.secretStays : providers.secretHint} type="password" autocomplete="off" value={it.secret} error={saving.of('client_secret')} />
      <Choice label={providers.auth} value={it.auth} options={[['client_secret_basic', 'client_secret_basic'], ['client_secret_post', 'client_secret_post'], ['none', providers.authNone]]} />
      <fieldset class="group">
        <legend>{providers.who}</legend>
        <Area label={providers.claims} hint={providers.claimsHint} value={it.claims} rows={2} spellcheck={false} error={saving.of('required_claims')} />
        <Area label={providers.domains} hint={providers.domainsHint} value={it.domains} rows={2} spellcheck={false} error={saving.of('email_domains')} />
        <Field label={providers.sourcedId} hint={providers.claimHint} value={it.sourcedId} spellcheck={false} error={saving.of('sourced_id_claim')} />
        <Field label={providers.username} hint={providers.claimHint} value={it.username} spellcheck={false} error={saving.of('username_claim')} />
        <Check label={providers.byEmail} hint={providers.byEmailHint} value={it.byEmail} />
        <Choice label={providers.newcomers} value={it.newcomers} options={[['', providers.nobody], ['student', providers.asStudents], ['teacher', providers.asTeachers]]} />
      </fieldset>
      <Check label={providers.enabled} hint={providers.enabledHint} value={it.enabled} />
      {children}
      <div class="actions"><Button type="submit" busy={busy}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Remove({ now, from }: { now: Provider; from: Resource<Provider> }) {
  const { providers } = t().admin, asking = useSignal(false), { route } = useLocation();
  const removing = useDeed(async () => {
    await api.delete('/v1/identity-providers/{provider_id}', { path: { provider_id: now.provider_id }, ifMatch: from.etag.peek() ?? '' });
    say(providers.removed(now.name));
    route('/app/policy', true);
  });
  return (
    <Card title={providers.removeTitle}>
      <p>{providers.removeHint}</p>
      <div class="actions"><Button danger onPress={() => { asking.value = true; }}>{providers.remove}</Button></div>
      {asking.value ? (
        <ConfirmByName title={providers.removeOne(now.name)} name={now.name} deed={providers.remove} busy={removing.busy.value} onConfirm={() => { void removing.run(); }} onClose={() => { asking.value = false; }}>
          <p>{providers.removeHint}</p>
          {removing.error.value ? <Fault error={removing.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}

export default function ProviderPage({ id = '' }: Record<string, string>) {
  const { providers } = t().admin, fresh = id === 'new';
  const from = useResource<Provider>(fresh ? null : `/v1/identity-providers/${id}`);
  return (
    <Page title={fresh ? providers.add : from.data.value?.name ?? providers.title} above={<p class="back"><a href="/app/policy">{t().shell.nav.policy}</a></p>}>
      {fresh ? <Card><Add /></Card> : (
        <Read from={from}>
          {(now) => (
            <>
              <dl class="facts"><dt>{providers.redirect}</dt><dd><code data-varies="http://north-hill.localhost/v1/federation">{now.redirect_uri}</code></dd></dl>
              <p class="dim small">{providers.redirectHint}</p>
              <Card><Newest from={from}>{(version) => <Change version={version} />}</Newest></Card>
              <Remove now={now} from={from} />
            </>
          )}
        </Read>
      )}
    </Page>
  );
}
