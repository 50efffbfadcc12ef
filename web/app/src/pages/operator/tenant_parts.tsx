// What the list of institutions and one institution's page have in common.
import { t } from '../../text/index.js';

export function StateChip({ state }: { state: 'active' | 'suspended' }) {
  return <span class={`chip ${state === 'active' ? 'good' : 'bad'}`}>{t().operator.tenants.states[state]}</span>;
}
