import type { PageRoute } from '../../routes.js';

export const start: readonly PageRoute[] = [
  { path: '/app/today', load: () => import('./today.js'), nav: 'today' },
  { path: '/app/timetable', load: () => import('./timetable.js'), roles: ['student', 'teacher'], nav: 'timetable' },
];
export const everybody: readonly PageRoute[] = [
  { path: '/app/notices', load: () => import('./notices.js'), nav: 'notices' },
  { path: '/app/devices', load: () => import('./devices.js'), nav: 'devices' },
];
