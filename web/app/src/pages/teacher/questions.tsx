// The questions of an assignment: what is asked, how it is answered, and within which bounds.
import { Button } from '../../kit/form.js';
import { t } from '../../text/index.js';
import { freshQuestion, type QuestionFields, type QuestionKind } from './assignment_draft.js';
import { Cell, Lines, Select } from './cells.js';
import { Rows } from './rows.js';

/** What is wrong at a JSON pointer; `asked` alone does not mean that it shows there. */
export type At = (pointer: string, asked?: boolean) => preact.ComponentChildren;

function Choices({ list, at, wrong, onChange }: { list: readonly string[]; at: string; wrong: At; onChange: (list: string[]) => void }) {
  const { scheme, form } = t().teacher, own = wrong(at);
  return (
    <>
      {list.map((choice, i) => (
        <div class="row" key={i}>
          <Cell width="grows" label={scheme.choice(i + 1)} value={choice} error={wrong(`${at}/${i}`)} onInput={(to) => onChange(list.map((other, j) => (i === j ? to : other)))} />
          <Button quiet label={`${scheme.takeOut}: ${scheme.choice(i + 1)}`} onPress={() => onChange(list.filter((_, j) => i !== j))}>{scheme.takeOut}</Button>
        </div>
      ))}
      {own ? <p class="field-error">{own}</p> : null}
      <div class="actions tight"><Button quiet onPress={() => onChange([...list, ''])}>{scheme.addChoice}<span class="unseen"> {form.toThis}</span></Button></div>
    </>
  );
}

interface QuestionsOptions { list: readonly QuestionFields[]; before: readonly { id: string }[]; wrong: At; onChange: (list: QuestionFields[]) => void }
/** `before`: those that the assignment had, whose ids no other gets. */
export function Questions({ list, before, wrong, onChange }: QuestionsOptions) {
  const { scheme, form } = t().teacher, kinds = (['choice', 'number', 'text'] as const).map((kind): [QuestionKind, string] => [kind, scheme.questionKinds[kind]]);
  return (
    <fieldset class="plain questions"><legend>{form.questions}</legend>
      {wrong('/questions') ? <p class="field-error">{wrong('/questions')}</p> : null}
      <Rows list={list} onChange={onChange} add={scheme.addQuestion} make={(all) => freshQuestion(all, before)} name={(_, i) => form.question(i + 1)}
        row={({ kind, prompt, choices, minimum, maximum, bytes }, set, i) => {
          const at = `/questions/${i}`;
          return (
            <>
              <Lines label={form.prompt} value={prompt} error={wrong(`${at}/prompt`)} onInput={(to) => set({ prompt: to })} />
              {wrong(at) ?? wrong(`${at}/id`) ? <p class="field-error">{wrong(at) ?? wrong(`${at}/id`)}</p> : null}
              <Select label={scheme.questionKind} value={kind} options={kinds} error={wrong(`${at}/kind`)} onInput={(to) => set({ kind: to, ...(to === 'choice' && choices.length === 0 && { choices: ['', ''] }) })} />
              {kind === 'choice' ? <Choices list={choices} at={`${at}/choices`} wrong={wrong} onChange={(to) => set({ choices: to })} /> : null}
              {kind === 'number' ? (
                <div class="row">
                  <Cell width="" label={form.least} type="number" value={minimum} error={wrong(`${at}/minimum`)} onInput={(to) => set({ minimum: to })} />
                  <Cell width="" label={form.most} type="number" value={maximum} error={wrong(`${at}/maximum`)} onInput={(to) => set({ maximum: to })} />
                </div>
              ) : null}
              {kind === 'text' ? <Cell label={form.bytes} type="number" value={bytes} error={wrong(`${at}/bytes_limit`)} onInput={(to) => set({ bytes: to })} /> : null}
            </>
          );
        }} />
    </fieldset>
  );
}
