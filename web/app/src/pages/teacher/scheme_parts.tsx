// The rows of a rubric and of an answer key: added, changed, put in order, taken out with a way back.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Button } from '../../kit/form.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { freeId, newCriterion, newQuestion, type CriterionDraft, type LevelDraft, type QuestionDraft } from './scheme_draft.js';

interface CellOptions { label: string; /** Whose, where several stand under each other. */ of?: string; value: string; onInput: (text: string) => void; type?: 'text' | 'number'; wide?: boolean }
function Cell({ label, of, value, onInput, type = 'text', wide = false }: CellOptions) {
  const id = useId();
  return <div class={`field ${wide ? 'grows' : 'short'}`}><label for={id}>{label}{of ? <span class="unseen"> {of}</span> : null}</label><input {...({ type } as object)} id={id} step="any" value={value} onInput={(event) => onInput(event.currentTarget.value)} /></div>;
}
function Lines({ label, value, onInput }: { label: string; value: string; onInput: (text: string) => void }) {
  const id = useId();
  return <div class="field"><label for={id}>{label}</label><textarea id={id} rows={2} value={value} onInput={(event) => onInput(event.currentTarget.value)} /></div>;
}
function Tick({ label, value, onInput }: { label: string; value: boolean; onInput: (on: boolean) => void }) {
  const id = useId();
  return <div class="check"><input type="checkbox" id={id} checked={value} onInput={(event) => onInput(event.currentTarget.checked)} /><label for={id}>{label}</label></div>;
}

interface RowsOptions<T> { list: readonly T[]; onChange: (list: T[]) => void; name: (one: T, i: number) => string; row: (one: T, set: (more: Partial<T>) => void, i: number) => ComponentChildren; add: string; make: (list: readonly T[]) => T }
function Rows<T extends { id: string }>({ list, onChange, name, row, add, make }: RowsOptions<T>) {
  const { scheme } = t().teacher;
  const swap = (i: number, j: number) => { const next = [...list]; [next[i], next[j]] = [next[j] as T, next[i] as T]; onChange(next); };
  const take = (i: number) => { const before = [...list]; onChange(list.filter((_, at) => at !== i)); say(scheme.takenOut(name(list[i] as T, i)), () => onChange(before)); };
  return (
    <>
      <ol class="rows">{list.map((one, i) => {
        const called = name(one, i);
        return (
          <li key={one.id}>
            <fieldset class="criterion"><legend>{called}</legend>
              {row(one, (more) => onChange(list.map((other, at) => (at === i ? { ...other, ...more } : other))), i)}
              <div class="actions tight">
                <Button quiet disabled={i === 0} label={`${t().teacher.materials.up}: ${called}`} onPress={() => swap(i, i - 1)}>{t().teacher.materials.up}</Button>
                <Button quiet disabled={i === list.length - 1} label={`${t().teacher.materials.down}: ${called}`} onPress={() => swap(i, i + 1)}>{t().teacher.materials.down}</Button>
                <Button quiet label={`${scheme.takeOut}: ${called}`} onPress={() => take(i)}>{scheme.takeOut}</Button>
              </div>
            </fieldset>
          </li>
        );
      })}</ol>
      <Button quiet onPress={() => onChange([...list, make(list)])}>{add}</Button>
    </>
  );
}

function Levels({ list, onChange }: { list: readonly LevelDraft[]; onChange: (list: LevelDraft[]) => void }) {
  const { scheme } = t().teacher;
  const set = (i: number, more: Partial<LevelDraft>) => onChange(list.map((level, at) => (at === i ? { ...level, ...more } : level)));
  return (
    <>
      {list.map((level, i) => (
        <div class="row" key={level.id}>
          <Cell wide label={scheme.level(i + 1)} value={level.title} onInput={(title) => set(i, { title })} />
          <Cell label={t().teacher.work.points} of={scheme.ofLevel(i + 1)} type="number" value={level.points} onInput={(points) => set(i, { points })} />
          <Button quiet label={`${scheme.takeOut}: ${scheme.level(i + 1)}`} onPress={() => onChange(list.filter((_, at) => at !== i))}>{scheme.takeOut}</Button>
        </div>
      ))}
      <div class="actions tight"><Button quiet onPress={() => onChange([...list, { id: freeId('l', list), title: '', points: '' }])}>{scheme.addLevel}</Button></div>
    </>
  );
}

export function RubricEditor({ list, onChange }: { list: readonly CriterionDraft[]; onChange: (list: CriterionDraft[]) => void }) {
  const { scheme } = t().teacher;
  return (
    <Rows list={list} onChange={onChange} add={scheme.addCriterion} make={newCriterion} name={({ title }, i) => title || scheme.criterion(i + 1)}
      row={({ title, description, points, levels }, set) => (
        <>
          <div class="row"><Cell wide label={scheme.criterionTitle} value={title} onInput={(to) => set({ title: to })} /><Cell label={scheme.criterionPoints} type="number" value={points} onInput={(to) => set({ points: to })} /></div>
          <Lines label={scheme.description} value={description} onInput={(to) => set({ description: to })} />
          <Levels list={levels} onChange={(to) => set({ levels: to })} />
        </>
      )} />
  );
}

function Choices({ list, onChange }: { list: QuestionDraft['choices']; onChange: (list: QuestionDraft['choices']) => void }) {
  const { scheme } = t().teacher;
  const set = (i: number, more: Partial<QuestionDraft['choices'][number]>) => onChange(list.map((choice, at) => (at === i ? { ...choice, ...more } : choice)));
  return (
    <>
      {list.map((choice, i) => (
        <div class="row" key={i}>
          <Cell wide label={scheme.choice(i + 1)} value={choice.text} onInput={(text) => set(i, { text })} /><Cell label={t().teacher.work.points} of={scheme.ofChoice(i + 1)} type="number" value={choice.points} onInput={(points) => set(i, { points })} />
        </div>
      ))}
      <div class="actions tight"><Button quiet onPress={() => onChange([...list, { text: '', points: '' }])}>{scheme.addChoice}</Button></div>
    </>
  );
}

export function KeyEditor({ list, onChange }: { list: readonly QuestionDraft[]; onChange: (list: QuestionDraft[]) => void }) {
  const { scheme } = t().teacher;
  return (
    <Rows list={list} onChange={onChange} add={scheme.addQuestion} make={newQuestion} name={({ id }) => scheme.question(id)}
      row={({ kind, points, choices, number, tolerance, accepted, exact, byHand }, set, i) => (
        <>
          <div class="row">
            <div class="field"><label for={`kind-${i}`}>{scheme.questionKind}</label><select id={`kind-${i}`} value={kind} onInput={(event) => set({ kind: event.currentTarget.value as 'text' })}>
              {(['choice', 'number', 'text'] as const).map((one) => <option key={one} value={one}>{scheme.questionKinds[one]}</option>)}</select></div>
            <Cell label={scheme.criterionPoints} type="number" value={points} onInput={(to) => set({ points: to })} />
          </div>
          <Tick label={scheme.byHand} value={byHand} onInput={(to) => set({ byHand: to })} />
          {kind === 'choice' ? <Choices list={choices} onChange={(to) => set({ choices: to })} /> : null}
          {kind === 'number' && !byHand ? <div class="row"><Cell label={scheme.right} type="number" value={number} onInput={(to) => set({ number: to })} /><Cell label={scheme.offBy} type="number" value={tolerance} onInput={(to) => set({ tolerance: to })} /></div> : null}
          {kind === 'text' && !byHand ? <><Lines label={scheme.accepted} value={accepted} onInput={(to) => set({ accepted: to })} /><Tick label={scheme.exact} value={exact} onInput={(to) => set({ exact: to })} /></> : null}
        </>
      )} />
  );
}
