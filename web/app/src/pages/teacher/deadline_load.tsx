// What a due instant that is being chosen collides with, and the calmer one nearby, which one press takes.
import type { schemas } from '@bellwether/client';
import { useEffect, useState } from 'preact/hooks';
import { now } from '../../api.js';
import { Button } from '../../kit/form.js';
import { theSession, useResource, type Asker } from '../../kit/resource.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { numberText, t } from '../../text/index.js';
import { fieldOf, instantOf } from './data.js';

type Load = schemas.DeadlineLoad;
const settleMs = 500, shown = 3, busyFrom = 0.5;
/** Of what somebody tries out, nothing stays on the device. */
const passing: Asker = { ...theSession, keepsNothing: true };

/** Once nobody has typed for a moment. */
function useSettled(value: string): string {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(set, settleMs, value);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

const share = (of: number) => numberText(of, { style: 'percent', maximumFractionDigits: 0 });

function Collisions({ load }: { load: Load }) {
  const { load: words } = t().teacher, { students } = load, away = (at: string) => Math.abs(Date.parse(at) - Date.parse(load.due_at));
  const collisions = [...load.collisions].sort((a, b) => away(a.due_at) - away(b.due_at) || b.students - a.students), rest = collisions.length - shown;
  if (collisions.length === 0) return <p>{words.none}</p>;
  return (
    <>
      <p>{words.collides}</p>
      <ul>
        {collisions.slice(0, shown).map((one, i) => <li key={`${one.due_at} ${i}`}><Instant at={one.due_at} />: {words.students(numberText(one.students), numberText(students))}</li>)}
        {rest > 0 ? <li>{words.more(rest, numberText(rest))}</li> : null}
      </ul>
    </>
  );
}

function Calmer({ slot, onTake }: { slot: NonNullable<Load['calmer']>; onTake: () => void }) {
  const { load: words } = t().teacher;
  return (
    <div class="calmer">
      <p><strong>{words.calmer}</strong> <Instant at={slot.due_at} />.{' '}
        <span class="dim">{slot.colliding_students === 0 ? words.nobody : words.some(slot.colliding_students, numberText(slot.colliding_students))}{slot.busy ? ` ${words.busy(share(slot.busy.of_peak))}` : ''}</span></p>
      <Button quiet onPress={onTake}>{words.take}</Button>
    </div>
  );
}

interface LoadOptions { section: string; due: string; assignment?: string | undefined; stands?: string | undefined; onTake: (due: string) => void }
/** `due`: as its field holds it; `stands`: what it was, of which nothing is said. */
export function DeadlineLoad({ section, due, assignment, stands, onTake }: LoadOptions) {
  const { load: words } = t().teacher, at = instantOf(useSettled(due)), chosen = at !== undefined && due !== stands && Date.parse(at) > now() && instantOf(due) === at;
  const from = useResource<Load>(chosen ? `/v1/deadline-load?section_id=${section}&due_at=${at}${assignment ? `&assignment_id=${assignment}` : ''}` : null, { by: passing });
  const load = from.data.value, calmer = load?.calmer, beyond = from.error.value?.status === 422; // further away than the server looks
  const take = (slot: string) => {
    onTake(slot);
    say(words.taken, () => onTake(due));
  };
  return (
    <div class="deadline-load" role="status">
      {!chosen || beyond ? null : from.error.value ? <p class="dim small">{words.unknown}</p> : load === undefined ? <p class="dim small">{words.looking}</p> : (
        <>
          <Collisions load={load} />
          {load.busy && load.busy.of_peak >= busyFrom ? <p>{words.busy(share(load.busy.of_peak))}</p> : null}
          {calmer ? <Calmer slot={calmer} onTake={() => take(fieldOf(calmer.due_at))} /> : load.collisions.length > 0 ? <p class="dim">{words.noCalmer}</p> : null}
        </>
      )}
    </div>
  );
}
