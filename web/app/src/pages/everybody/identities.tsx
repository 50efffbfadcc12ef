// Who the reader is at identity providers: shown where the institution has any.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api } from '../../api.js';
import { Dialog } from '../../kit/dialog.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';

type Identity = schemas.IdentityList['data'][number];

export function Identities() {
  const { identities: texts } = t().everybody, identities = useResource<schemas.IdentityList>('/v1/me/identities'), methods = useResource<schemas.SignInMethods>('/v1/sign-in-methods');
  const asked = useSignal<Identity | undefined>(undefined);
  const adding = useDeed(async (provider_id: string) => {
    const { body } = await api.post('/v1/me/identities', { body: { provider_id, return_to: '/app/devices' } });
    location.assign(body.authorization_url);
  });
  const removing = useDeed(async ({ identity_id, provider_name }: Identity) => {
    await api.delete('/v1/me/identities/{identity_id}', { path: { identity_id } });
    asked.value = undefined;
    await identities.reload();
    say(texts.removed(provider_name));
  });
  const providers = methods.data.value?.data ?? [], has = identities.data.value?.data ?? [];
  if (providers.length + has.length === 0) return null;
  const missing = providers.filter(({ provider_id }) => !has.some((one) => one.provider_id === provider_id));
  return (
    <Card title={texts.title}>
      <Read from={identities}>
        {({ data }) => (
          <ul class="sessions">
            {data.map((one) => (
              <li key={one.identity_id}>
                <div><strong>{one.provider_name}</strong><p class="dim small">{one.subject}, {texts.since} <Instant at={one.linked_at} /></p></div>
                <Button quiet label={texts.removeThis(one.provider_name)} onPress={() => { asked.value = one; }}>{texts.remove}</Button>
              </li>
            ))}
          </ul>
        )}
      </Read>
      {adding.error.value ? <Fault error={adding.error.value} /> : null}
      <div class="actions">{missing.map(({ provider_id, name }) => <Button key={provider_id} quiet busy={adding.busy.value} onPress={() => { void adding.run(provider_id); }}>{texts.add(name)}</Button>)}</div>
      {asked.value ? (
        <Dialog title={texts.removeTitle(asked.value.provider_name)} onClose={() => { asked.value = undefined; }}>
          <p>{texts.removeMeans}</p>
          {removing.error.value ? <Fault error={removing.error.value} /> : null}
          <div class="actions">
            <Button danger busy={removing.busy.value} onPress={() => { if (asked.value) void removing.run(asked.value); }}>{texts.remove}</Button>
            <Button quiet onPress={() => { asked.value = undefined; }}>{t().shell.cancel}</Button>
          </div>
        </Dialog>
      ) : null}
    </Card>
  );
}
