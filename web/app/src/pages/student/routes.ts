import type { PageRoute } from '../../routes.js';

export const student: readonly PageRoute[] = [
  { path: '/app/assignments', load: () => import('./assignments.js'), roles: ['student'], nav: 'assignments' },
  { path: '/app/assignments/:id', load: () => import('./assignment.js'), roles: ['student'] },
  { path: '/app/receipts/:id', load: () => import('./receipt.js'), roles: ['student'] },
  { path: '/app/sections', load: () => import('./sections.js'), roles: ['student'], nav: 'sections' },
  { path: '/app/sections/:id', load: () => import('./section.js'), roles: ['student'] },
  { path: '/app/grades', load: () => import('./grades.js'), roles: ['student'], nav: 'grades' },
  { path: '/app/grades/:id', load: () => import('./grade.js'), roles: ['student'] },
];
