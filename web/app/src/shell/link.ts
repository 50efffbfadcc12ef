// What a mail's or a card's link carries behind '#', where no browser sends it anywhere: taken out of the address before anything else is done.
import { signal } from '@preact/signals';

export interface Link { token?: string; username?: string; code?: string }
export const passwordPage = '/app/password';

/** The one that this tab was opened with, until it is used up; on no account kept elsewhere. */
export const link = signal<Link | undefined>(undefined);

function take(): void {
  if (location.pathname !== passwordPage || location.hash.length < 2) return;
  const given = new URLSearchParams(location.hash.slice(1));
  history.replaceState(history.state, '', location.pathname + location.search);
  const part = (name: 'token' | 'username' | 'code') => { const value = given.get(name); return value === null ? {} : { [name]: value }; };
  link.value = { ...part('token'), ...part('username'), ...part('code') };
}

take();
addEventListener('hashchange', take); // a second link, opened where the page is already
