// A question in front of the page. What cannot be undone is confirmed by typing its name.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../text/index.js';
import { Button, Field } from './form.js';

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null), id = useId();
  useEffect(() => {
    const element = dialog.current, before = document.activeElement as HTMLElement | null;
    element?.showModal();
    return () => { element?.close(); before?.focus(); };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

interface Confirm { title: string; name: string; deed: string; children?: ComponentChildren; busy?: boolean; onConfirm: () => void; onClose: () => void }
export function ConfirmByName({ title, name, deed, children, busy = false, onConfirm, onClose }: Confirm) {
  const typed = useSignal('');
  const right = typed.value.trim() === name;
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); if (right) onConfirm(); }}>
        <Field label={t().shell.confirmByName(name)} value={typed} autocomplete="off" spellcheck={false} />
        <div class="actions">
          <Button type="submit" danger disabled={!right} busy={busy}>{deed}</Button>
          <Button quiet onPress={onClose}>{t().shell.cancel}</Button>
        </div>
      </form>
    </Dialog>
  );
}
