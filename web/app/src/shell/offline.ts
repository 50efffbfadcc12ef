// The app on this device: its files are kept by the service worker; a newer version is told, and taken when the reader wants it.
import { signal } from '@preact/signals';

export const newerVersion = signal(false);

export function keepForOffline(): void {
  if (!('serviceWorker' in navigator)) return; // plain http elsewhere than on localhost
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => { newerVersion.value = hadOne; });
  const register = () => { void navigator.serviceWorker.register('/app/sw.js', { scope: '/app/' }).catch(() => undefined); };
  // Whoever comes for the first time comes with many others: the pages that they have not opened wait for a calmer moment.
  if (hadOne) register();
  else setTimeout(register, 2000 + Math.random() * 8000);
}
