// Where the institution's people may sign in beside here.
import type { schemas } from '@bellwether/client';
import { Card } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, Read } from '../../kit/said.js';
import { t } from '../../text/index.js';

export function Providers() {
  const { providers } = t().admin, from = useResource<schemas.IdentityProviderList>('/v1/identity-providers');
  return (
    <Card title={providers.title} actions={<a class="button quiet" href="/app/policy/providers/new">{providers.add}</a>}>
      <Read from={from}>
        {({ data }) => (data.length === 0 ? <Empty>{providers.none}</Empty> : (
          <ul class="list">
            {data.map(({ provider_id, name, issuer, enabled }) => (
              <li key={provider_id}>
                <a href={`/app/policy/providers/${provider_id}`}><strong>{name}</strong> <span class={`chip ${enabled ? 'good' : ''}`}>{enabled ? providers.on : providers.off}</span> <span class="dim small">{issuer}</span></a>
              </li>
            ))}
          </ul>
        ))}
      </Read>
    </Card>
  );
}
