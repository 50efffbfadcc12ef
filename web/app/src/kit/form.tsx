// Buttons and fields. What the server finds wrong with a field stands at that field.
import { signal, useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { ApiError } from '../api.js';
import { Fault, faultText } from './said.js';

interface ButtonOptions {
  children: ComponentChildren;
  onPress?: () => void;
  type?: 'button' | 'submit';
  busy?: boolean;
  disabled?: boolean;
  quiet?: boolean;
  danger?: boolean;
  label?: string;
}

/** A busy one stays where the keyboard is, and does nothing. */
export function Button({ children, onPress, type = 'button', busy = false, disabled = false, quiet = false, danger = false, label }: ButtonOptions) {
  return (
    <button type={type} class={`button ${quiet ? 'quiet' : ''} ${danger ? 'danger' : ''} ${busy ? 'busy' : ''}`} aria-disabled={busy || disabled} aria-label={label}
      onClick={(event) => { if (busy || disabled) event.preventDefault(); else onPress?.(); }}>{children}</button>
  );
}

interface Control {
  name?: string;
  required?: boolean;
  autocomplete?: string;
  autocapitalize?: 'none' | 'sentences';
  spellcheck?: boolean;
  maxLength?: number;
  readOnly?: boolean;
}
interface FieldOptions extends Control {
  type?: 'text' | 'password' | 'number' | 'search' | 'email' | 'url' | 'color' | 'date' | 'datetime-local';
  inputMode?: 'text' | 'numeric' | 'decimal';
  min?: string | number;
  max?: string | number;
  step?: string | number;
  label: string;
  value: Signal<string>;
  hint?: string | undefined;
  error?: ComponentChildren;
}

export function Field({ label, value, hint, error, ...more }: FieldOptions) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      <input {...(more as object)} id={id} value={value.value} onInput={(event) => { value.value = event.currentTarget.value; }} aria-invalid={error ? true : undefined}
        aria-describedby={`${hint ? `${id}-hint` : ''} ${error ? `${id}-error` : ''}`.trim() || undefined} />
      {error ? <p class="field-error" id={`${id}-error`}>{error}</p> : null}
    </div>
  );
}

interface AreaOptions extends Control {
  rows?: number;
  label: string;
  value: Signal<string>;
  hint?: string | undefined;
  error?: ComponentChildren;
}
export function Area({ label, value, hint, error, ...more }: AreaOptions) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      <textarea {...(more as object)} id={id} value={value.value} onInput={(event) => { value.value = event.currentTarget.value; }} aria-invalid={error ? true : undefined}
        aria-describedby={`${hint ? `${id}-hint` : ''} ${error ? `${id}-error` : ''}`.trim() || undefined} />
      {error ? <p class="field-error" id={`${id}-error`}>{error}</p> : null}
    </div>
  );
}

export function Check({ label, value, hint }: { label: string; value: Signal<boolean>; hint?: string }) {
  const id = useId();
  return (
    <div class="check">
      <input type="checkbox" id={id} checked={value.value} onInput={(event) => { value.value = event.currentTarget.checked; }} aria-describedby={hint ? `${id}-hint` : undefined} />
      <label for={id}>{label}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
    </div>
  );
}

export function Choice<T extends string>({ label, value, options, hint }: { label: string; value: Signal<T>; options: readonly (readonly [T, string])[]; hint?: string }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      <select id={id} value={value.value} onInput={(event) => { value.value = event.currentTarget.value as T; }} aria-describedby={hint ? `${id}-hint` : undefined}>
        {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
    </div>
  );
}

/** The server names a field as "due_at" or "/due_at", and one within it, such as the second host, "/hosts/1". */
const isOf = (error: ApiError, field: string) => error.field?.split('/').includes(field) ?? false;

/** Something that is done on a press: busy meanwhile, with what went wrong. */
export function useDeed<A extends unknown[]>(deed: (...given: A) => Promise<unknown>) {
  const busy = useSignal(false), error = useSignal<ApiError | undefined>(undefined);
  const run = async (...given: A): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    error.value = undefined;
    try {
      await deed(...given);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) console.warn(thrown);
      error.value = thrown instanceof ApiError ? thrown : new ApiError(0, 'device', String(thrown), false);
      return false;
    } finally { busy.value = false; }
  };
  /** What is wrong with the named field, as the server said it. */
  const of = (field: string) => (error.value && isOf(error.value, field) ? faultText(error.value) : undefined);
  return { run, busy, error, of };
}
export type Deed = ReturnType<typeof useDeed>;

interface FormOptions { children: ComponentChildren; onSubmit: () => void; error?: ApiError | undefined; fields?: string[]; label?: string }
/** Sent by script alone. `fields`: those that show their own errors. */
export function Form({ children, onSubmit, error, fields = [], label }: FormOptions) {
  const elsewhere = error && !fields.some((field) => isOf(error, field)) ? error : undefined;
  return (
    <form class="form" aria-label={label} noValidate onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>
      {children}
      {elsewhere ? <Fault error={elsewhere} /> : null}
    </form>
  );
}

export const text = (value = '') => signal(value);
