// Fields of what is written as one piece, such as a list of questions: each holds a value and tells the next one. Alone: kit/form.tsx.
import { useId } from 'preact/hooks';

interface Shared { label: string; /** Whose, where several stand under each other. */ of?: string; hint?: string | undefined; error?: preact.ComponentChildren }
const labelled = (id: string, { hint, error }: Shared) => ({
  id, 'aria-invalid': error ? true as const : undefined, 'aria-describedby': `${hint ? `${id}-hint` : ''} ${error ? `${id}-error` : ''}`.trim() || undefined,
});
function Around({ id, label, of, hint, error, width = '', children }: Shared & { id: string; width?: string; children: preact.ComponentChildren }) {
  return (
    <div class={`field ${width}`}>
      <label for={id}>{label}{of ? <span class="unseen"> {of}</span> : null}</label>
      {hint ? <p class="hint" id={`${id}-hint`}>{hint}</p> : null}
      {children}
      {error ? <p class="field-error" id={`${id}-error`}>{error}</p> : null}
    </div>
  );
}

interface CellOptions extends Shared { value: string; onInput: (text: string) => void; type?: 'text' | 'number' | 'datetime-local'; required?: boolean; width?: 'grows' | 'short' | '' }
export function Cell({ value, onInput, type = 'text', required = false, width = 'short', ...shared }: CellOptions) {
  const id = useId();
  return (
    <Around id={id} width={width} {...shared}>
      <input {...({ type } as object)} {...labelled(id, shared)} required={required} step={type === 'number' ? 'any' : undefined} dir={type === 'text' ? 'auto' : undefined} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </Around>
  );
}

interface LinesOptions extends Shared { value: string; onInput: (text: string) => void; rows?: number }
export function Lines({ value, onInput, rows = 2, ...shared }: LinesOptions) {
  const id = useId();
  return <Around id={id} {...shared}><textarea {...labelled(id, shared)} rows={rows} dir="auto" value={value} onInput={(event) => onInput(event.currentTarget.value)} /></Around>;
}

interface SelectOptions<T extends string> extends Shared { value: T; onInput: (one: T) => void; options: readonly (readonly [T, string])[] }
export function Select<T extends string>({ value, onInput, options, ...shared }: SelectOptions<T>) {
  const id = useId();
  return (
    <Around id={id} {...shared}>
      <select {...labelled(id, shared)} value={value} onInput={(event) => onInput(event.currentTarget.value as T)}>{options.map(([one, text]) => <option key={one} value={one}>{text}</option>)}</select>
    </Around>
  );
}

export function Tick({ label, value, onInput }: { label: string; value: boolean; onInput: (on: boolean) => void }) {
  const id = useId();
  return <div class="check"><input type="checkbox" id={id} checked={value} onInput={(event) => onInput(event.currentTarget.checked)} /><label for={id}>{label}</label></div>;
}
