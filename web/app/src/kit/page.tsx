// A page's frame: its title in the tab and as the heading that the keyboard goes to when it opens.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { branding } from '../shell/branding.js';

interface PageOptions { title: string; children: ComponentChildren; actions?: ComponentChildren; above?: ComponentChildren; wide?: boolean }

let opened = 0; // the first page keeps the browser's focus

export function Page({ title, children, actions, above, wide = false }: PageOptions) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { if (opened++ > 0) heading.current?.focus(); }, []);
  useEffect(() => { document.title = `${title} – ${branding.value.short}`; }, [title, branding.value.short]);
  return (
    <div class={`page ${wide ? 'wide' : ''}`}>
      {above}
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions ? <div class="actions">{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}

export function Card({ title, children, actions }: { title?: string; children: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <section class="card">
      {title ? <div class="card-head"><h2>{title}</h2>{actions}</div> : null}
      {children}
    </section>
  );
}
