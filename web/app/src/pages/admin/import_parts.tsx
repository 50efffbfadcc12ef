// What the list of imports and one import's page have in common.
import type { schemas } from '@bellwether/client';
import { numberText, t } from '../../text/index.js';

export type Import = schemas.RosterImport;
export type Counts = { [entity: string]: { [change: string]: number } };
export const kinds = ['added', 'changed', 'reactivated', 'disabled', 'removed'] as const;

export function StateChip({ state }: { state: Import['state'] }) {
  return <span class={`chip ${state === 'applied' ? 'good' : state === 'failed' ? 'bad' : ''}`}>{t().admin.imports.states[state]}</span>;
}

/** "120 added, 3 removed": over all entities. */
export function changes(of: unknown): string {
  const { imports } = t().admin, counts = of as Counts;
  const sums = kinds.map((kind) => [kind, Object.values(counts).reduce((sum, entity) => sum + (entity[kind] ?? 0), 0)] as const).filter(([, sum]) => sum > 0);
  if (Object.keys(counts).length === 0) return '';
  return sums.length === 0 ? imports.noChange : sums.map(([kind, sum]) => imports.some[kind](numberText(sum))).join(t().admin.people.and);
}
export const entityText = (entity: string) => (t().admin.imports.entities as { [entity: string]: string })[entity] ?? entity;
