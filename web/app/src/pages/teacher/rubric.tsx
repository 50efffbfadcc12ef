// Points and words for each criterion, by keyboard: arrows or a level's number choose a level, Backspace takes it back.
import type { schemas } from '@bellwether/client';
import type { TargetedKeyboardEvent } from 'preact';
import { useId, useState } from 'preact/hooks';
import { numberText, t } from '../../text/index.js';
import { itemIn, type Edit, type ItemEdit } from './mark_keeper.js';

export interface Criterion { id: string; title: string; description: string | undefined; points_max: number; levels: readonly { id: string; title: string; points: number }[] }

/** What points are given for: the rubric's criteria, or the key's questions; none of plain points. */
export function criteriaOf({ criteria, answer_key }: schemas.Marking): Criterion[] {
  if (criteria) return criteria.map(({ id, title, description, points_max, levels = [] }) => ({ id, title, description, points_max, levels }));
  return (answer_key ?? []).map(({ id, points }) => ({ id, title: id, description: undefined, points_max: points, levels: [] }));
}
export const pointsText = (points: number) => numberText(points, { maximumFractionDigits: 2 });

function pointsIn({ levels }: Criterion, { level, points }: ItemEdit): number | undefined {
  return level === undefined ? points : levels.find(({ id }) => id === level)?.points ?? points;
}
/** As far as points were given. */
export function totalOf(criteria: readonly Criterion[], edit: Edit): number | undefined {
  if (criteria.length === 0) return edit.points;
  const given = criteria.map((criterion) => pointsIn(criterion, itemIn(edit, criterion.id))).filter((points) => points !== undefined);
  return given.length === 0 ? undefined : given.reduce((sum, points) => sum + points, 0);
}
export const missingIn = (criteria: readonly Criterion[], edit: Edit): number =>
  criteria.length === 0 ? Number(edit.points === undefined) : criteria.filter((criterion) => pointsIn(criterion, itemIn(edit, criterion.id)) === undefined).length;

function Points({ label, max, value, onChange }: { label: string; max: number; value: number | undefined; onChange: (points: number | undefined) => void }) {
  const [typed, type] = useState(value === undefined ? '' : String(value)), id = useId();
  const means = typed.trim() === '' ? undefined : Number(typed.replace(',', '.'));
  const shown = means === value ? typed : value === undefined ? '' : String(value);
  return (
    <div class="points">
      <label for={id}>{label}</label>
      <input id={id} type="number" inputMode="decimal" min={0} max={max} step={0.5} value={shown}
        onInput={(event) => { type(event.currentTarget.value); onChange(event.currentTarget.value.trim() === '' ? undefined : Number(event.currentTarget.value)); }} />
      <span class="dim">{t().teacher.work.outOf(pointsText(max))}</span>
    </div>
  );
}

function Levels({ criterion, level, onChange }: { criterion: Criterion; level: string | undefined; onChange: (level: string | undefined) => void }) {
  const name = useId();
  const byKey = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const nth = criterion.levels[Number(event.key) - 1];
    if (event.key === 'Backspace' || event.key === 'Delete') onChange(undefined);
    else if (nth) {
      onChange(nth.id);
      event.currentTarget.querySelectorAll('input')[Number(event.key) - 1]?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div class="levels" onKeyDown={byKey}>
      {criterion.levels.map(({ id, title, points }, i) => (
        <label key={id} class="level">
          <input type="radio" name={name} checked={level === id} onInput={() => onChange(id)} />
          <kbd aria-hidden="true">{i + 1}</kbd><span>{title}</span><span class="dim">{pointsText(points)}</span>
        </label>
      ))}
    </div>
  );
}

interface Options { criteria: readonly Criterion[]; pointsMax: number; edit: Edit; onChange: (next: Edit) => void; aside?: (id: string) => string | undefined }
export function Rubric({ criteria, pointsMax, edit, onChange, aside }: Options) {
  const { work } = t().teacher, id = useId();
  const set = (criterion: string, more: Partial<ItemEdit>) => onChange({ ...edit, items: { ...edit.items, [criterion]: { ...itemIn(edit, criterion), ...more } } });
  return (
    <div class="rubric">
      {criteria.length === 0 ? <Points label={work.points} max={pointsMax} value={edit.points} onChange={(points) => onChange({ ...edit, points })} /> : null}
      {criteria.map((criterion) => {
        const item = itemIn(edit, criterion.id), said = aside?.(criterion.id);
        return (
          <fieldset key={criterion.id} class="criterion">
            <legend>{criterion.title}</legend>
            {criterion.description ? <p class="hint">{criterion.description}</p> : null}
            {said ? <p class="hint">{said}</p> : null}
            {criterion.levels.length > 0 ? <Levels criterion={criterion} level={item.level} onChange={(level) => set(criterion.id, { level, points: undefined })} />
              : <Points label={work.points} max={criterion.points_max} value={item.points} onChange={(points) => set(criterion.id, { points })} />}
            <label class="unseen" for={`${id}-${criterion.id}`}>{work.feedbackOn(criterion.title)}</label>
            <textarea id={`${id}-${criterion.id}`} rows={1} maxLength={2048} dir="auto" placeholder={work.feedbackHere} value={item.feedback} onInput={(event) => set(criterion.id, { feedback: event.currentTarget.value })} />
          </fieldset>
        );
      })}
      <label for={`${id}-all`}>{work.feedback}</label>
      <textarea id={`${id}-all`} rows={4} maxLength={16384} dir="auto" value={edit.feedback} onInput={(event) => onChange({ ...edit, feedback: event.currentTarget.value })} />
    </div>
  );
}
