import type { PageRoute } from '../../routes.js';
import { passwordPage } from '../../shell/link.js';

export const signedOut: readonly PageRoute[] = [
  { path: '/app/forgot', load: () => import('./forgot.js'), open: true },
  { path: passwordPage, load: () => import('./password.js'), open: true },
];
