// Telling students their results: counted first, then confirmed, and what was counted is what is told; what was told stays told.
import { useSignal } from '@preact/signals';
import { api } from '../../api.js';
import { Button, Field, useDeed } from '../../kit/form.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Card } from '../../kit/page.js';
import { Fault } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { type WorkLine } from './data.js';
import { changesGrade, isReleasable } from './work_lists.js';

/** As the server takes. */
const mostAtOnce = 500;

export function Release({ id, title, works, chosen, onDone }: { id: string; title: string; works: readonly WorkLine[]; chosen: readonly string[]; onDone: () => void }) {
  const { release } = t().teacher, asked = useSignal<readonly WorkLine[] | undefined>(undefined), reason = useSignal('');
  const named = chosen.length > 0, among = named ? works.filter(({ work_id }) => chosen.includes(work_id)) : works;
  const ready = among.filter(isReleasable), told = asked.value, changing = (list: readonly WorkLine[]) => list.filter(changesGrade).length;
  const notReady = works.filter(({ state, handed_in }) => state !== 'ready' && handed_in).length;
  const releasing = useDeed(async () => {
    const ids = (asked.peek() ?? []).map(({ work_id }) => work_id), why = reason.value.trim();
    let released = 0, opened = false;
    for (let from = 0; from < ids.length; from += mostAtOnce) { // what has been released already stays as it is when it is named again
      const { body } = await api.post('/v1/assignments/{assignment_id}/grades:release', { path: { assignment_id: id }, body: { work_ids: ids.slice(from, from + mostAtOnce), ...(why !== '' && { reason: why }) } });
      released += body.released;
      opened ||= body.identities_opened;
    }
    asked.value = undefined;
    reason.value = '';
    say(`${release.released(released)}${opened ? ` ${release.opened}` : ''}`);
    onDone();
  });
  return (
    <Card title={release.title}>
      <p>{release.ready(ready.length)} {changing(ready) > 0 ? `${release.changes(changing(ready))} ` : ''}{notReady > 0 ? release.notReady(notReady) : ''}</p>
      <div class="actions"><Button disabled={ready.length === 0} onPress={() => { asked.value = ready; }}>{named ? release.chosen(ready.length) : release.all(ready.length)}</Button></div>
      {told ? (
        <ConfirmByName title={release.title} name={title} deed={release.deed(told.length)} busy={releasing.busy.value} onClose={() => { asked.value = undefined; }} onConfirm={() => { void releasing.run(); }}>
          <p>{release.ready(told.length)} {changing(told) > 0 ? release.changes(changing(told)) : ''}</p>
          <p>{release.final}</p>
          {changing(told) > 0 ? <Field label={release.reason} hint={release.reasonHint} value={reason} maxLength={500} error={releasing.of('reason')} /> : null}
          {releasing.error.value && !releasing.of('reason') ? <Fault error={releasing.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}
