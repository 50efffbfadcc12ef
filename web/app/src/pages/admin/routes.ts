import type { PageRoute } from '../../routes.js';

const roles = ['administrator'] as const;
export const admin: readonly PageRoute[] = [
  { path: '/app/people', load: () => import('./people.js'), roles, nav: 'people' },
  { path: '/app/people/:id', load: () => import('./person.js'), roles },
  { path: '/app/imports', load: () => import('./imports.js'), roles, nav: 'imports' },
  { path: '/app/imports/:id', load: () => import('./import.js'), roles },
  { path: '/app/admin/timetable', load: () => import('./timetable.js'), roles, nav: 'timetableSetup' },
  { path: '/app/admin/timetable/calendar', load: () => import('./timetable_calendar.js'), roles },
  { path: '/app/admin/timetable/lessons', load: () => import('./lessons.js'), roles },
  { path: '/app/admin/timetable/day', load: () => import('./school_day.js'), roles },
  { path: '/app/policy', load: () => import('./policy.js'), roles, nav: 'policy' },
  { path: '/app/policy/invitations', load: () => import('./invitations.js'), roles },
  { path: '/app/policy/providers/:id', load: () => import('./provider.js'), roles },
  { path: '/app/branding', load: () => import('./branding.js'), roles, nav: 'branding' },
  { path: '/app/bells', load: () => import('./bells.js'), roles, nav: 'bells' },
  { path: '/app/jobs', load: () => import('./jobs.js'), roles, nav: 'jobs' },
];
