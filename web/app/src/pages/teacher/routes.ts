import type { PageRoute } from '../../routes.js';

const roles = ['teacher', 'administrator'] as const;

export const teacher: readonly PageRoute[] = [
  { path: '/app/teaching', load: () => import('./sections.js'), roles: ['teacher'], nav: 'teaching' },
  { path: '/app/teaching/assignments/:id', load: () => import('./submissions.js'), roles },
  { path: '/app/teaching/assignments/:id/edit', load: () => import('./edit_assignment.js'), roles },
  { path: '/app/teaching/assignments/:id/similarity', load: () => import('./similarity.js'), roles },
  { path: '/app/teaching/assignments/:id/scheme', load: () => import('./scheme.js'), roles },
  { path: '/app/teaching/:section', load: () => import('./section.js'), roles },
  { path: '/app/teaching/:section/new', load: () => import('./new_assignment.js'), roles },
  { path: '/app/teaching/:section/students', load: () => import('./students.js'), roles },
  { path: '/app/marking/:assignment', load: () => import('./works.js'), roles, within: 'teaching' },
  { path: '/app/marking/:assignment/:work', load: () => import('./work.js'), roles, within: 'teaching' },
];
