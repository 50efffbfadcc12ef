// The rows of a rubric and of an answer key.
import { Button } from '../../kit/form.js';
import { t } from '../../text/index.js';
import { Cell, Lines, Select, Tick } from './cells.js';
import { Rows } from './rows.js';
import { freeId, newCriterion, newQuestion, type CriterionDraft, type LevelDraft, type QuestionDraft } from './scheme_draft.js';

function Levels({ list, onChange }: { list: readonly LevelDraft[]; onChange: (list: LevelDraft[]) => void }) {
  const { scheme } = t().teacher;
  const set = (i: number, more: Partial<LevelDraft>) => onChange(list.map((level, at) => (at === i ? { ...level, ...more } : level)));
  return (
    <>
      {list.map((level, i) => (
        <div class="row" key={level.id}>
          <Cell width="grows" label={scheme.level(i + 1)} value={level.title} onInput={(title) => set(i, { title })} />
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
          <div class="row"><Cell width="grows" label={scheme.criterionTitle} value={title} onInput={(to) => set({ title: to })} /><Cell label={scheme.criterionPoints} type="number" value={points} onInput={(to) => set({ points: to })} /></div>
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
          <Cell width="grows" label={scheme.choice(i + 1)} value={choice.text} onInput={(text) => set(i, { text })} /><Cell label={t().teacher.work.points} of={scheme.ofChoice(i + 1)} type="number" value={choice.points} onInput={(points) => set(i, { points })} />
        </div>
      ))}
      <div class="actions tight"><Button quiet onPress={() => onChange([...list, { text: '', points: '' }])}>{scheme.addChoice}</Button></div>
    </>
  );
}

export function KeyEditor({ list, onChange }: { list: readonly QuestionDraft[]; onChange: (list: QuestionDraft[]) => void }) {
  const { scheme } = t().teacher;
  return (
    <Rows list={list} onChange={onChange} add={scheme.addQuestion} make={newQuestion} name={({ id, rest }) => (typeof rest['prompt'] === 'string' ? rest['prompt'] : scheme.question(id))}
      row={({ kind, points, choices, number, tolerance, accepted, exact, byHand }, set) => (
        <>
          <div class="row">
            <Select label={scheme.questionKind} value={kind} onInput={(to) => set({ kind: to })} options={(['choice', 'number', 'text'] as const).map((one) => [one, scheme.questionKinds[one]] as const)} />
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
