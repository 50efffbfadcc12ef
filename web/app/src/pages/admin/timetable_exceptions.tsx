// Days that are not as their weekday says: added and taken away one at a time, each with its way back.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ApiError, type schemas } from '@bellwether/client';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { Fault } from '../../kit/said.js';
import { longDay, LongDay, weekdays, weekdayText } from '../../kit/school_time.js';
import { Table, type Column } from '../../kit/table.js';
import { say } from '../../kit/toast.js';
import { isStale } from '../../kit/version.js';
import { language, t } from '../../text/index.js';
import { api } from './data.js';

type Timetable = schemas.Timetable;
type Exception = schemas.TimetableException;
type Kind = Exception['kind'];
const triesLimit = 3;

/** Of the newest timetable that one day is changed: what others changed beside it stays, and what they changed of this day is not overwritten. */
async function change(from: Resource<Timetable>, date: string, before: Exception | undefined, after: Exception | undefined): Promise<void> {
  for (let tries = 1; ; ++tries) {
    const all = from.data.peek()?.exceptions ?? [], stands = all.find((one) => one.date === date);
    if (JSON.stringify(stands) !== JSON.stringify(before)) throw new ApiError(412, 'precondition_failed', 'the day was changed meanwhile', false);
    const exceptions = [...all.filter((one) => one !== stands), ...(after ? [after] : [])].sort((a, b) => a.date.localeCompare(b.date));
    try {
      const { body, etag } = await api.patch('/v1/timetable', { ifMatch: from.etag.peek() ?? '', body: { exceptions } });
      return from.set(body, etag ?? null);
    } catch (error) {
      if (!isStale(error) || tries === triesLimit) throw error;
      await from.reload();
    }
  }
}
const standing = (from: Resource<Timetable>, date: string) => from.data.peek()?.exceptions.find((one) => one.date === date);

function useDeeds(from: Resource<Timetable>) {
  const words = t().timetable.exceptions;
  const back = useDeed(async (deed: () => Promise<void>) => deed());
  const adding = useDeed(async (one: Exception) => {
    await change(from, one.date, undefined, one);
    const made = standing(from, one.date);
    say(words.added(longDay(one.date)), () => { void back.run(() => change(from, one.date, made, undefined)); });
  });
  const removing = useDeed(async (one: Exception) => {
    await change(from, one.date, one, undefined);
    say(words.removed(longDay(one.date)), () => { void back.run(() => change(from, one.date, undefined, one)); });
  });
  return { adding, removing, back };
}

/** How it is held. */
function heldText({ schedule, weekday, rotation }: Exception): string {
  return [schedule, weekday ? t().timetable.heldLike(weekdayText(weekdays.indexOf(weekday))) : null, rotation].filter(Boolean).join(', ');
}

function Adding({ timetable, adding }: { timetable: Timetable; adding: ReturnType<typeof useDeeds>['adding'] }) {
  const { exceptions: words, kinds } = t().timetable, { schedules, rotation: turns } = timetable;
  const date = useSignal(''), kind = useSignal<Kind>('holiday'), schedule = useSignal(schedules[0]?.name ?? ''), weekday = useSignal(''), rotation = useSignal(''), note = useSignal('');
  const taken = timetable.exceptions.find((one) => one.date === date.value), swap = kind.value === 'swap', rings = kind.value === 'half_day' || kind.value === 'exam_day';
  const add = async () => {
    if (taken || date.value === '') return;
    const like = weekdays.find((one) => one === weekday.value);
    const done = await adding.run({
      date: date.value, kind: kind.value, schedule: rings ? schedule.value : null, weekday: swap && like ? like : null,
      rotation: swap && rotation.value !== '' ? rotation.value : null, note: note.value.trim() || null,
    });
    if (done) date.value = note.value = '';
  };
  const days = [['', words.asItIs] as const, ...weekdays.map((day, i) => [day as string, weekdayText(i)] as const)];
  return (
    <Form label={words.add} onSubmit={() => { void add(); }} error={adding.error.value} fields={['date', 'note']}>
      <div class="filters">
        <Field label={words.date} type="date" min="2000-01-01" max="2037-12-31" value={date} error={taken ? words.taken(kinds[taken.kind]) : adding.of('date')} />
        <Choice label={words.kind} value={kind} options={(['holiday', 'half_day', 'exam_day', 'swap'] as const).map((one) => [one, kinds[one]] as const)} />
        {rings ? <Choice label={t().timetable.admin.schedule} value={schedule} options={schedules.map(({ name }) => [name, name] as const)} /> : null}
        {swap ? <Choice label={words.weekday} value={weekday} options={days} /> : null}
        {swap && turns ? <Choice label={words.rotation} value={rotation} options={[['', words.asItIs] as const, ...turns.names.map((name) => [name, name] as const)]} /> : null}
        <Field label={words.note} value={note} maxLength={100} error={adding.of('note')} />
      </div>
      <p class="hint">{swap ? words.kindHint : words.noteHint}</p>
      <div class="actions"><Button type="submit" busy={adding.busy.value} disabled={date.value === '' || taken !== undefined}>{words.add}</Button></div>
    </Form>
  );
}

export function Exceptions({ from, timetable }: { from: Resource<Timetable>; timetable: Timetable }) {
  const { exceptions: words, kinds } = t().timetable, { adding, removing, back } = useDeeds(from), failed = removing.error.value ?? back.error.value;
  const columns = useMemo<Column<Exception>[]>(() => [
    { id: 'date', title: words.date, width: 11, by: ({ date }) => date, cell: ({ date }) => <LongDay of={date} /> },
    { id: 'kind', title: words.kind, width: 8, by: ({ kind }) => kinds[kind], cell: ({ kind }) => kinds[kind] },
    { id: 'what', title: words.what, width: 12, wrap: true, cell: (one) => heldText(one) || null },
    { id: 'note', title: words.note, width: 12, wrap: true, by: ({ note }) => note, cell: ({ note }) => note ?? null },
    { id: 'deed', title: words.deed, width: 8, cell: (one) => <Button quiet label={words.removeOne(longDay(one.date))} onPress={() => { void removing.run(one); }}>{words.remove}</Button> },
  ], [language.value]);
  return (
    <Card title={words.title}>
      <p>{words.hint}</p>
      <Adding timetable={timetable} adding={adding} />
      {failed ? <Fault error={failed} /> : null}
      <Table label={words.title} rows={timetable.exceptions} columns={columns} rowKey={({ date }) => date} empty={words.none} />
    </Card>
  );
}
