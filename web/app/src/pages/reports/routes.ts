import type { PageRoute } from '../../routes.js';

const roles = ['teacher', 'administrator'] as const;
export const reports: readonly PageRoute[] = [
  { path: '/app/reports', load: () => import('./list.js'), roles, nav: 'reports' },
  { path: '/app/reports/exports', load: () => import('./exports.js'), roles },
  { path: '/app/reports/:id', load: () => import('./report.js'), roles },
];
