import type { PageRoute } from '../../routes.js';

export const student: readonly PageRoute[] = [
  { path: '/app/today', load: () => import('./today.js'), nav: 'today' },
];
