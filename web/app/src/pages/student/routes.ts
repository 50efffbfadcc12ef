import type { PageRoute } from '../../routes.js';

export const student: readonly PageRoute[] = [
  { path: '/app/today', load: () => import('./today.js'), nav: 'today' },
  { path: '/app/assignments', load: () => import('./assignments.js'), roles: ['student'], nav: 'assignments' },
  { path: '/app/assignments/:id', load: () => import('./assignment.js'), roles: ['student'] },
  { path: '/app/receipts/:id', load: () => import('./receipt.js'), roles: ['student'] },
  { path: '/app/sections', load: () => import('./sections.js'), roles: ['student'], nav: 'sections' },
  { path: '/app/sections/:id', load: () => import('./section.js') },
  { path: '/app/grades', load: () => import('./grades.js'), roles: ['student'], nav: 'grades' },
  { path: '/app/grades/:id', load: () => import('./grade.js'), roles: ['student'] },
  { path: '/app/notices', load: () => import('./notices.js'), nav: 'notices' },
  { path: '/app/devices', load: () => import('./devices.js'), nav: 'devices' },
];
