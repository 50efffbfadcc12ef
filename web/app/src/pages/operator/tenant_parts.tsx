// What the list of institutions and one institution's page have in common.
import { t } from '../../text/index.js';

export function StateChip({ state }: { state: 'active' | 'suspended' }) {
  return <span class={`chip ${state === 'active' ? 'good' : 'bad'}`}>{t().operator.tenants.states[state]}</span>;
}

/** Time zones, and the one that there is if the browser has another name for it. */
export function zones(now: string): [string, string][] {
  const known = Intl.supportedValuesOf('timeZone');
  return (known.includes(now) ? known : [now, ...known]).map((zone) => [zone, zone.replaceAll('_', ' ')]);
}
