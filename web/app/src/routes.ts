// Which page stands at which address, and for whom. A page's code is loaded when it is opened.
import type { ComponentType } from 'preact';
import type { Texts } from './text/index.js';
import { admin } from './pages/admin/routes.js';
import { everybody, start } from './pages/everybody/routes.js';
import { live } from './pages/live/routes.js';
import { operator } from './pages/operator/routes.js';
import { reports } from './pages/reports/routes.js';
import { signedOut } from './pages/signed_out/routes.js';
import { student } from './pages/student/routes.js';
import { teacher } from './pages/teacher/routes.js';

export interface PageRoute {
  /** "/app/assignments/:id"; what stands for `:id` is given to the page as a property. */
  path: string;
  load: () => Promise<{ default: ComponentType<Record<string, string>> }>;
  /** Who may open it; without: whoever is signed in. `operator` pages want no institution. */
  roles?: readonly ('student' | 'teacher' | 'administrator' | 'operator')[];
  /** Also for whoever is nobody yet. */
  open?: true;
  /** Stands in the menu under this name. */
  nav?: keyof Texts['shell']['nav'];
  /** The same in the operator's menu. */
  place?: keyof Texts['operator']['places'];
  /** Of which page in the menu it is a part, where its address does not say so. */
  within?: keyof Texts['shell']['nav'];
}

/** In the menu's order: what a role has to do stands before what everybody has. */
export const routes: readonly PageRoute[] = [...signedOut, ...start, ...student, ...teacher, ...live, ...reports, ...admin, ...everybody, ...operator];
