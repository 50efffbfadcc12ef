import type { PageRoute } from '../../routes.js';

export const live: readonly PageRoute[] = [
  { path: '/app/live/:id', load: () => import('./class.js'), roles: ['student', 'teacher', 'administrator'], within: 'timetable' },
  { path: '/app/teaching/:section/live', load: () => import('./lessons.js'), roles: ['teacher', 'administrator'] },
];
