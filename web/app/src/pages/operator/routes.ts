import type { PageRoute } from '../../routes.js';

const roles = ['operator'] as const;
export const operator: readonly PageRoute[] = [
  { path: '/app/operator', load: () => import('./overview.js'), roles, place: 'overview' },
  { path: '/app/operator/bells', load: () => import('./bells.js'), roles, place: 'bells' },
  { path: '/app/operator/live', load: () => import('./live_board.js'), roles },
  { path: '/app/operator/tenants', load: () => import('./tenants.js'), roles, place: 'tenants' },
  { path: '/app/operator/tenants/:id', load: () => import('./tenant.js'), roles },
  { path: '/app/operator/dead-letters', load: () => import('./dead_letters.js'), roles, place: 'deadLetters' },
  { path: '/app/operator/storms', load: () => import('./storms.js'), roles, place: 'storms' },
  { path: '/app/operator/storms/:id', load: () => import('./storm.js'), roles },
  { path: '/app/operator/storms/:id/:other', load: () => import('./storm.js'), roles },
  { path: '/app/operator/outages', load: () => import('./outages.js'), roles, place: 'outages' },
  { path: '/app/operator/keys', load: () => import('./keys.js'), roles, place: 'keys' },
  { path: '/app/operator/book', load: () => import('./book.js'), roles, place: 'book' },
];
