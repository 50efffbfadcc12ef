// Marking one work: the points beside it, kept as they are given, and what to do where somebody else's mark stands.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button, useDeed } from '../../kit/form.js';
import { Fault } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { at, differences, editOf, waits, type Mark, type MarkKeeper, type Place } from './mark_keeper.js';
import { hindered } from './mark_turns.js';
import { criteriaOf, missingIn, pointsText, Rubric, totalOf, type Criterion } from './rubric.js';

/** "Argument", "Argument: feedback". */
function placeName(place: Place, criteria: readonly Criterion[]): string {
  const { work } = t().teacher;
  if (place === 'points') return work.points;
  if (place === 'feedback') return work.feedback;
  const [id, part] = place.split('.'), title = criteria.find((one) => one.id === id)?.title ?? id ?? '';
  return part ? work.feedbackOn(title) : title;
}
function said(text: string, place: Place, criteria: readonly Criterion[]): string {
  return criteria.find(({ id }) => id === place)?.levels.find(({ id }) => id === text)?.title ?? (text || '–');
}

/** Two versions of one mark: at each place where they differ, one counts. */
function Choose({ keeper, stands, criteria }: { keeper: MarkKeeper; stands: Mark; criteria: readonly Criterion[] }) {
  const { twoVersions: words } = t().shell, mine = keeper.edit.value, theirs = editOf(stands);
  const differing = differences(mine, theirs), taken = useSignal<readonly Place[]>(keeper.theirsAlone(differing));
  const set = (place: Place, take: boolean) => { taken.value = take ? [...taken.value, place] : taken.value.filter((one) => one !== place); };
  return (
    <div class="said bad" role="alert">
      <p><strong>{words.title}</strong> {words.hint}</p>
      {differing.map((place) => {
        const take = taken.value.includes(place), name = placeName(place, criteria);
        return (
          <fieldset class="criterion" key={place}>
            <legend>{name}</legend>
            {([[false, words.mine, at(mine, place)], [true, words.stands, at(theirs, place)]] as const).map(([isTheirs, whose, text]) => (
              <label class="level" key={whose}><input type="radio" name={`choose-${place}`} checked={take === isTheirs} onInput={() => set(place, isTheirs)} /><span class="dim">{whose}</span><span class="written">{said(text, place, criteria)}</span></label>
            ))}
          </fieldset>
        );
      })}
      <div class="actions"><Button onPress={() => keeper.settle(taken.value)}>{words.goOn}</Button></div>
    </div>
  );
}

function State({ keeper }: { keeper: MarkKeeper }) {
  const { work } = t().teacher, { value: state } = keeper.state, error = keeper.fault.value ?? (state === 'kept' ? hindered.value : undefined), mark = keeper.mark.value;
  if (error && !waits(error)) return <Fault error={error} onRetry={() => { void keeper.save(false); }} />;
  if (state !== 'saved' && !keeper.onDevice.value) return <p class="keeping bad" role="status">{work.notKept}</p>;
  return <p class={`keeping ${error ? 'bad' : ''}`} role="status">{error ? work.keptOffline : state === 'saved' ? (mark ? (mark.done ? work.isDone : work.isDraft) : work.notBegun) : work.saving}</p>;
}

interface Options {
  marking: schemas.Marking;
  keeper: MarkKeeper;
  aside?: (id: string) => string | undefined;
  /** Done, on the server or as far as this device can: on to the next. */
  onDone: () => void;
  onSaved: (done: boolean) => void;
  /** It is a draft again, wherever one is by then. */
  onUndone: () => void;
  name: string;
  /** The keyboard goes to the first criterion. */
  focus: boolean;
}
export function MarkForm({ marking, keeper, aside, onDone, onSaved, onUndone, name, focus }: Options) {
  const { work } = t().teacher, form = useRef<HTMLFormElement>(null), criteria = criteriaOf(marking);
  const edit = keeper.edit.value, total = totalOf(criteria, edit), missing = missingIn(criteria, edit), stands = keeper.stands.value;
  useEffect(() => { if (focus) form.current?.querySelector<HTMLElement>('input, textarea')?.focus(); }, [keeper]);
  const { version, done } = keeper.mark.value ?? {}, first = useRef(version);
  useEffect(() => { if (done !== undefined && version !== first.current) onSaved(done); }, [version]);
  const finishing = useDeed(async () => {
    if (missing > 0) return say(work.missing(missing));
    const saved = await keeper.save(true), fault = keeper.fault.peek();
    if (!saved && (!fault || !waits(fault) || !keeper.onDevice.peek())) return;
    if (saved) say(work.doneOf(name), () => { void keeper.save(false).then(onUndone); });
    else say(work.doneLater(name));
    onDone();
  });
  return (
    <form ref={form} class="marks" aria-label={work.marking} noValidate onSubmit={(event) => { event.preventDefault(); }}
      onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void finishing.run(); } }}>
      {stands ? <Choose key={stands.version} keeper={keeper} stands={stands} criteria={criteria} /> : null}
      <Rubric criteria={criteria} pointsMax={marking.points_max} edit={edit} onChange={(next) => keeper.change(next)} {...(aside && { aside })} />
      <p class="hint">{work.keys}</p>
      <div class="finish" data-sticks>
        <div>
          <p class="big" role="status">{total === undefined ? work.noPoints(pointsText(marking.points_max)) : work.total(pointsText(total), pointsText(marking.points_max))}{missing > 0 ? <span class="dim small"> {work.missing(missing)}</span> : null}</p>
          <State keeper={keeper} />
        </div>
        <Button disabled={stands !== undefined} busy={keeper.state.value === 'saving'} onPress={() => { void finishing.run(); }}>{work.done}</Button>
      </div>
    </form>
  );
}
