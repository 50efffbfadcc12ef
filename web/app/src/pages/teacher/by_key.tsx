// Marking by the answer key, and bringing marks up to the scheme in force: looked at first, then done, piece by piece.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api } from '../../api.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Progress } from '../../kit/progress.js';
import { Fault } from '../../kit/said.js';
import { t } from '../../text/index.js';
import { workName, type Student, type WorkLine } from './data.js';
import { pointsText } from './rubric.js';

type Deed = 'mark-automatically' | 'regrade';
interface Seen { deed: Deed; dry: boolean; examined: number; changed: schemas.PassOutcome['changed']; byHand: number; over: boolean }
const ask = (deed: Deed, id: string, body: schemas.Pass) => {
  const given = { path: { assignment_id: id }, body, timeoutMs: 60_000 };
  return deed === 'regrade' ? api.post('/v1/assignments/{assignment_id}/marking:regrade', given) : api.post('/v1/assignments/{assignment_id}/marking:mark-automatically', given);
};

function Changed({ seen, works, students }: { seen: Seen; works: readonly WorkLine[]; students: readonly Student[] | undefined }) {
  const { byKey } = t().teacher;
  const line = (work_id: string) => works.find((work) => work.work_id === work_id);
  return (
    <details>
      <summary>{byKey.which}</summary>
      <div class="table-wrap" role="region" aria-label={byKey.which} tabIndex={0}>
        <table class="cards">
          <thead><tr><th scope="col">{t().teacher.works.work}</th><th scope="col">{byKey.before}</th><th scope="col">{byKey.after}</th></tr></thead>
          <tbody>{seen.changed.slice(0, 500).map(({ work_id, before, after, released }) => {
            const work = line(work_id);
            return <tr key={work_id}><th scope="row">{work ? workName(work, students) : work_id.slice(-4).toUpperCase()} {released ? <span class="chip">{byKey.wasReleased}</span> : null}</th><td data-label={byKey.before}>{before === null ? '–' : pointsText(before)}</td><td data-label={byKey.after}>{after === null ? '–' : pointsText(after)}</td></tr>;
          })}</tbody>
        </table>
      </div>
    </details>
  );
}

export function AutomaticPass({ id, of, works, students, onDone }: { id: string; of: number; works: readonly WorkLine[]; students: readonly Student[] | undefined; onDone: () => void }) {
  const { byKey } = t().teacher, seen = useSignal<Seen | undefined>(undefined);
  const passing = useDeed(async (deed: Deed, dry: boolean) => {
    seen.value = { deed, dry, examined: 0, changed: [], byHand: 0, over: false };
    for (let after: string | null = null; ;) {
      const { body } = await ask(deed, id, { dry_run: dry, ...(after && { after }) }), before: Seen = seen.value;
      seen.value = { ...before, examined: before.examined + body.examined, changed: [...before.changed, ...body.changed], byHand: before.byHand + body.by_hand.length, over: body.next === null };
      after = body.next;
      if (after === null) break;
    }
    if (!dry) onDone();
  });
  const { value: told } = seen;
  const act = (deed: Deed, dry: boolean, text: string) => <Button quiet={dry} busy={passing.busy.value} onPress={() => { void passing.run(deed, dry); }}>{text}</Button>;
  return (
    <Card title={byKey.title}>
      <p class="dim">{byKey.hint}</p>
      <div class="actions">{act('mark-automatically', false, byKey.mark)}{act('mark-automatically', true, byKey.look)}{act('regrade', true, byKey.regradeLook)}
        {told?.deed === 'regrade' && told.dry && told.over && told.changed.length > 0 ? act('regrade', false, byKey.regrade(told.changed.length)) : null}</div>
      {passing.error.value ? <Fault error={passing.error.value} /> : null}
      {told ? (
        <>
          <Progress label={byKey.progress} done={told.over ? told.examined : Math.min(told.examined, of)} total={told.over ? told.examined : of} />
          <p role="status">{told.dry ? byKey.would(told.examined, told.changed.length) : byKey.did(told.examined, told.changed.length)} {told.byHand > 0 ? byKey.byHand(told.byHand) : ''}</p>
          {told.changed.length > 0 ? <Changed seen={told} works={works} students={students} /> : null}
        </>
      ) : null}
    </Card>
  );
}
