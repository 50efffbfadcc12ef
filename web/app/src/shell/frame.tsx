// What stands around every page: the institution, the menu, the account, and whether we are online.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import { useEffect } from 'preact/hooks';
import { has, me, online, outbox } from '../api.js';
import { Button } from '../kit/form.js';
import { unread } from '../live.js';
import { routes, type PageRoute } from '../routes.js';
import { language, languages, numberText, speak, t, type Language } from '../text/index.js';
import { appearance, branding, show, type Appearance } from './branding.js';
import { SignOut } from './leave.js';
import { newerVersion } from './offline.js';
import { forget, isDesk, token } from './token.js';

function Unread() {
  const n = unread.value;
  return n ? <span class="count"><span aria-hidden="true" data-varies="1">{n >= 100 ? `${numberText(100)}+` : numberText(n)}</span><span class="unseen">{t().shell.unread(n)}</span></span> : null;
}

function Menu() {
  const { path } = useLocation();
  const shown = routes.filter(({ nav, roles }) => nav && (me.value ? !roles || roles.some(has) : false));
  const { within } = routes.find(({ within: of, path: at }) => of && path.startsWith(at.replace(/:.*/, ''))) ?? {};
  const current = (to: string, nav: PageRoute['nav']) => path === to || path.startsWith(`${to}/`) || nav === within;
  return (
    <ul>
      {shown.map(({ path: to, nav }) => (
        <li key={to}><a href={to} aria-current={current(to, nav) ? 'page' : undefined}>{nav && t().shell.nav[nav]}{nav === 'notices' ? <Unread /> : null}</a></li>
      ))}
    </ul>
  );
}

function OperatorsMenu() {
  const { path } = useLocation(), { places } = t().operator;
  const current = (to: string) => path === to || (to !== '/app/operator' && path.startsWith(`${to}/`));
  return <ul>{routes.map(({ path: to, place }) => (place ? <li key={to}><a href={to} aria-current={current(to) ? 'page' : undefined}>{places[place]}</a></li> : null))}</ul>;
}

function Settings() {
  const { shell } = t();
  return (
    <div class="settings">
      <label>{shell.language}
        <select value={language.value} onInput={(event) => { void speak(event.currentTarget.value as Language, true); }}>
          {Object.entries(languages).map(([tag, { name }]) => <option key={tag} value={tag} lang={tag}>{name}</option>)}
        </select>
      </label>
      <label>{shell.appearance}
        <select value={appearance.value} onInput={(event) => { show(event.currentTarget.value as Appearance); }}>
          <option value="system">{shell.system}</option><option value="light">{shell.light}</option><option value="dark">{shell.dark}</option>
        </select>
      </label>
    </div>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  const open = useSignal(false), { path } = useLocation();
  useEffect(() => { open.value = false; }, [path]);
  const { shell, operator } = t(), person = me.value, desk = isDesk(path);
  const alone = desk ? token.value === null : !person; // whoever has still to say who they are has no menu
  return (
    <>
      <a class="skip" href="#main">{shell.skip}</a>
      <header class="bar">
        <a class="brand" href="/app/today">{branding.value.logo ? <img src={branding.value.logo} alt="" /> : <span class="mark" aria-hidden="true" />}{branding.value.name}</a>
        {alone ? null : <button type="button" class="menu-button" aria-expanded={open.value} aria-controls="menu" onClick={() => { open.value = !open.value; }}>{shell.menu}</button>}
      </header>
      <div class={`body ${alone ? 'alone' : ''}`}>
        {alone ? null : <nav id="menu" class={open.value ? 'open' : ''} aria-label={desk ? operator.places.label : shell.menu}>
          {desk ? <OperatorsMenu /> : <Menu />}
          <Settings />
          {desk ? <div class="account"><Button quiet onPress={forget}>{operator.leave}</Button></div>
            : person ? <div class="account"><p>{person.given_name} {person.family_name} <span class="dim">{person.username}</span></p><SignOut /></div> : null}
        </nav>}
        <main id="main" tabIndex={-1}>
          {online.value ? null : <p class="said note offline" role="status">{shell.offline}</p>}
          {person && !outbox.lasts ? <p class="said bad" role="status">{shell.nothingLasts}</p> : null}
          {newerVersion.value ? <div class="said note" role="status"><p>{shell.newVersion}</p><Button quiet onPress={() => location.reload()}>{shell.reload}</Button></div> : null}
          {children}
          {alone ? <Settings /> : null}
        </main>
      </div>
    </>
  );
}
