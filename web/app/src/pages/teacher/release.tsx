// Telling students their results: counted first, then confirmed; what was told stays told.
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

export function Release({ id, title, works, chosen, onDone }: { id: string; title: string; works: readonly WorkLine[]; chosen: readonly string[]; onDone: () => void }) {
  const { release } = t().teacher, asks = useSignal(false), reason = useSignal('');
  const named = chosen.length > 0, among = named ? works.filter(({ work_id }) => chosen.includes(work_id)) : works;
  const ready = among.filter(isReleasable), changes = ready.filter(changesGrade).length, notReady = works.filter(({ state, handed_in }) => state !== 'ready' && handed_in).length;
  const releasing = useDeed(async () => {
    const { body } = await api.post('/v1/assignments/{assignment_id}/grades:release', { path: { assignment_id: id }, body: {
      ...(named && { work_ids: ready.map(({ work_id }) => work_id) }), ...(reason.value.trim() !== '' && { reason: reason.value.trim() }) } });
    asks.value = false;
    reason.value = '';
    say(`${release.released(body.released)}${body.identities_opened ? ` ${release.opened}` : ''}`);
    onDone();
  });
  return (
    <Card title={release.title}>
      <p>{release.ready(ready.length)} {changes > 0 ? `${release.changes(changes)} ` : ''}{notReady > 0 ? release.notReady(notReady) : ''}</p>
      <div class="actions"><Button disabled={ready.length === 0} onPress={() => { asks.value = true; }}>{named ? release.chosen(ready.length) : release.all(ready.length)}</Button></div>
      {asks.value ? (
        <ConfirmByName title={release.title} name={title} deed={release.deed(ready.length)} busy={releasing.busy.value} onClose={() => { asks.value = false; }} onConfirm={() => { void releasing.run(); }}>
          <p>{release.ready(ready.length)} {changes > 0 ? release.changes(changes) : ''}</p>
          <p>{release.final}</p>
          {changes > 0 ? <Field label={release.reason} hint={release.reasonHint} value={reason} maxLength={500} error={releasing.of('reason')} /> : null}
          {releasing.error.value && !releasing.of('reason') ? <Fault error={releasing.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}
