// A timetable to start from, made of the roster. What it replaces is gone, so that is confirmed by the institution's name.
import { useSignal } from '@preact/signals';
import type { schemas } from '@bellwether/client';
import { ConfirmByName } from '../../kit/dialog.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { Fault, Said } from '../../kit/said.js';
import { branding } from '../../shell/branding.js';
import { numberText, t } from '../../text/index.js';
import { api } from './data.js';

type Timetable = schemas.Timetable;
const made = new WeakMap<Resource<Timetable>, schemas.GeneratedTimetable>(); // what was made for this page, which shows anew with it

export function Start({ from, timetable }: { from: Resource<Timetable>; timetable: Timetable }) {
  const { start } = t().timetable, week = useSignal('4'), seed = useSignal('0'), asking = useSignal(false), outcome = made.get(from);
  const replaces = timetable.lessons > 0 || timetable.schedules.length > 0 || timetable.exceptions.length > 0;
  const making = useDeed(async () => {
    const { body } = await api.post('/v1/timetable/generation', { ifMatch: from.etag.peek() ?? '', body: { lessons_a_week: Number(week.value), seed: Number(seed.value), replace: replaces } });
    made.set(from, body);
    asking.value = false;
    await from.reload();
  });
  return (
    <Card title={start.title}>
      <p>{start.hint}</p>
      {outcome ? (
        <Said kind={outcome.unplaced === 0 ? 'good' : 'note'}>
          <p>{start.made(outcome.lessons, numberText(outcome.lessons))} {outcome.unplaced === 0 ? start.allPlaced : start.unplaced(outcome.unplaced, numberText(outcome.unplaced))} {outcome.clashes === 0 ? start.noClashes : start.clashes(outcome.clashes)}</p>
        </Said>
      ) : null}
      <Form label={start.title} onSubmit={() => { if (replaces) asking.value = true; else void making.run(); }} error={asking.value ? undefined : making.error.value} fields={['lessons_a_week', 'seed']}>
        <div class="filters">
          <Field label={start.week} hint={start.weekHint} type="number" min={1} max={10} value={week} error={making.of('lessons_a_week')} />
          <Field label={start.seed} hint={start.seedHint} type="number" min={0} max={4_294_967_295} value={seed} error={making.of('seed')} />
        </div>
        <div class="actions"><Button type="submit" busy={making.busy.value}>{start.make}</Button></div>
      </Form>
      {asking.value ? (
        <ConfirmByName title={start.replaceTitle} name={branding.value.name} deed={start.replace} busy={making.busy.value} onConfirm={() => { void making.run(); }} onClose={() => { asking.value = false; }}>
          <p>{start.replaceHint(timetable.lessons, numberText(timetable.lessons))}</p>
          {making.error.value ? <Fault error={making.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}
