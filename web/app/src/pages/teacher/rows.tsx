// Rows that are added, put in order, and taken out with a way back, by keyboard too: where one goes, the keyboard goes with it.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from '../../kit/form.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';

interface RowsOptions<T> {
  list: readonly T[];
  onChange: (list: T[]) => void;
  name: (one: T, i: number) => string;
  row: (one: T, set: (more: Partial<T>) => void, i: number) => ComponentChildren;
  add: string;
  make: (list: readonly T[]) => T;
}

export function Rows<T extends { id: string }>({ list, onChange, name, row, add, make }: RowsOptions<T>) {
  const { scheme, materials } = t().teacher, place = useRef<HTMLOListElement>(null), goTo = useRef<{ id: string; at: string } | undefined>(undefined);
  const latest = useRef(list);
  latest.current = list;
  // As it is drawn: an effect that waits for the picture may be that of the keystroke before, which finds no such row.
  useLayoutEffect(() => {
    if (!goTo.current) return;
    const { id, at } = goTo.current;
    const row = [...place.current?.children ?? []].find((item) => (item as HTMLElement).dataset['id'] === id);
    if (!row) return;
    goTo.current = undefined;
    row.querySelector<HTMLElement>(at)?.focus();
  }, [list]);
  const move = (i: number, by: 1 | -1) => {
    const next = [...list], [one] = next.splice(i, 1);
    if (!one) return;
    next.splice(i + by, 0, one);
    goTo.current = { id: one.id, at: by < 0 ? '[data-move="up"]' : '[data-move="down"]' };
    onChange(next);
  };
  const take = (i: number) => {
    const gone = list[i] as T;
    const neighbour = list[i + 1] ?? list[i - 1];
    if (neighbour) goTo.current = { id: neighbour.id, at: '[data-move="out"]' };
    onChange(list.filter((one) => one !== gone));
    say(scheme.takenOut(name(gone, i)), () => { const now = latest.current.filter(({ id }) => id !== gone.id); onChange([...now.slice(0, i), gone, ...now.slice(i)]); }); // beside what was written meanwhile
  };
  const more = () => { const one = make(list); goTo.current = { id: one.id, at: 'input, textarea, select' }; onChange([...list, one]); };
  return (
    <>
      <ol class="rows" ref={place}>{list.map((one, i) => {
        const called = name(one, i);
        const deed = (what: string, move: string, onPress: () => void, disabled = false) => (
          <button key={move} type="button" data-move={move} class="button quiet" aria-disabled={disabled} aria-label={`${what}: ${called}`} onClick={() => { if (!disabled) onPress(); }}>{what}</button>
        );
        return (
          <li key={one.id} data-id={one.id}>
            <fieldset class="criterion"><legend dir="auto">{called}</legend>
              {row(one, (more) => onChange(list.map((other, at) => (at === i ? { ...other, ...more } : other))), i)}
              <div class="actions tight">
                {deed(materials.up, 'up', () => move(i, -1), i === 0)}
                {deed(materials.down, 'down', () => move(i, 1), i === list.length - 1)}
                {deed(scheme.takeOut, 'out', () => take(i))}
              </div>
            </fieldset>
          </li>
        );
      })}</ol>
      <Button quiet onPress={more}>{add}</Button>
    </>
  );
}
