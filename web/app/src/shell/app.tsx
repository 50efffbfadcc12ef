// Which page shows: the sign-in for whoever is nobody yet, else what the address says.
import type { ComponentType } from 'preact';
import lazy from 'preact-iso/lazy';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso/router';
import { useErrorBoundary } from 'preact/hooks';
import { useViewed } from '../activity.js';
import { has, me, session } from '../api.js';
import { Button } from '../kit/form.js';
import { Page } from '../kit/page.js';
import { Toasts } from '../kit/toast.js';
import { routes, type PageRoute } from '../routes.js';
import { t } from '../text/index.js';
import { Frame } from './frame.js';
import { Leave } from './leave.js';
import { RecoveryCodes } from './recovery.js';
import { SignIn } from './sign_in.js';
import { isDesk } from './token.js';

function NotFound() {
  return <Page title={t().shell.notFound}><p><a href="/app/today">{t().shell.toStart}</a></p></Page>;
}
function NotYours() {
  return <Page title={t().shell.notYours}><p><a href="/app/today">{t().shell.toStart}</a></p></Page>;
}

const mayOpen = (route: PageRoute) => !route.roles || route.roles.includes('operator') || route.roles.some(has);

/** A page's code that does not come (offline, or of a version that is gone) is no empty page. */
function NoCode() {
  return <Page title={t().shell.fault}><p>{t().shell.unreachable}</p><Button onPress={() => location.reload()}>{t().shell.reload}</Button></Page>;
}

/** Nor is one that fails. */
function Guarded({ page: Shown, path, ...properties }: { page: ComponentType<Record<string, string>>; path: string } & Record<string, unknown>) {
  const [fault] = useErrorBoundary();
  useViewed(path, properties);
  if (fault) return <NoCode />;
  return <Shown {...(properties as Record<string, string>)} />;
}

const pages = routes.map((route) => {
  const Loaded = lazy(() => route.load().catch(() => ({ default: NoCode })));
  return { route, Shown: (properties: Record<string, unknown>) => (mayOpen(route) ? <Guarded {...properties} page={Loaded as ComponentType<Record<string, string>>} path={route.path} /> : <NotYours />) };
});

function Pages() {
  const { path } = useLocation(), open = isDesk(path) || routes.some((route) => route.open && route.path === path);
  if (!me.value && !open) return me.value === undefined && session.info ? <p class="waiting">{t().shell.loading}</p> : <SignIn />;
  return (
    <Router>
      {pages.map(({ route, Shown }) => <Route key={route.path} path={route.path} component={Shown} />)}
      <Route default component={NotFound} />
    </Router>
  );
}

export function App() {
  return (
    <LocationProvider scope="/app">
      <Frame><Pages /></Frame>
      <Leave />
      <RecoveryCodes />
      <Toasts />
    </LocationProvider>
  );
}
