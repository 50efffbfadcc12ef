// A code for the board: made, shown as large as the room needs, with the time that is left and who has used it.
import type { schemas } from '@bellwether/client';
import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api } from '../../api.js';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Fault, Said } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Countdown, useNow } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { fullName } from './data.js';

/** By section: the server does not keep codes, so they stay while this tab does, and nowhere else. */
const codes = signal<ReadonlyMap<string, schemas.ClassCode>>(new Map());
const everyMs = 3_000;

function Board({ section, code, expires_at, onEnd, busy }: { section: string; code: string; expires_at: string; onEnd: () => void; busy: boolean }) {
  const { classCode } = t().teacher;
  return (
    <div class="board" id={`board-${section}`}>
      <p>{classCode.how} <strong dir="ltr" data-varies="north-hill.example/password">{location.host}/password</strong></p>
      <p class="code" dir="ltr" data-varies="BCD-FGH">{code}</p>
      <p><Countdown to={expires_at} /></p>
      <div class="actions">
        <Button quiet onPress={() => { void (document.fullscreenElement ? document.exitFullscreen() : document.getElementById(`board-${section}`)?.requestFullscreen()); }}>{classCode.fullScreen}</Button>
        <Button quiet busy={busy} onPress={onEnd}>{classCode.end}</Button>
      </div>
    </div>
  );
}

function Used({ state }: { state: schemas.ClassCodeState }) {
  const { classCode } = t().teacher, used = state.students.filter(({ used_at }) => used_at !== null), left = state.students.filter(({ used_at }) => used_at === null);
  return (
    <>
      <p role="status"><strong>{classCode.used(used.length, state.students.length)}</strong></p>
      <progress value={used.length} max={state.students.length} aria-label={classCode.used(used.length, state.students.length)} />
      {state.misses > 0 ? <Said kind="bad"><p>{classCode.misses(state.misses)}</p></Said> : null}
      {left.length > 0 ? <p>{classCode.notYet} {left.slice(0, 30).map(fullName).join(t().teacher.comma)}{left.length > 30 ? ' …' : ''}</p> : null}
      {used.length > 0 ? <details><summary>{classCode.who}</summary><p>{used.map(fullName).join(t().teacher.comma)}</p></details> : null}
    </>
  );
}

function Make({ section, chosen, onMade }: { section: string; chosen: readonly string[]; onMade: () => void }) {
  const { classCode } = t().teacher;
  const whom = useSignal<'without_password' | 'all' | 'chosen'>('without_password'), minutes = useSignal('15');
  const making = useDeed(async () => {
    const whomFor = whom.value === 'chosen' ? { user_ids: [...chosen] } : { students: whom.value };
    const { body } = await api.post('/v1/sections/{section_id}/class-code', { path: { section_id: section }, body: { minutes: Number(minutes.value), ...whomFor } });
    codes.value = new Map([...codes.value, [section, body]]);
    onMade();
  });
  return (
    <Form label={classCode.make} onSubmit={() => { void making.run(); }} error={making.error.value} fields={['minutes']}>
      <div class="row">
        <Choice label={classCode.whom} value={whom} options={[['without_password', classCode.without], ['chosen', classCode.chosen(chosen.length)], ['all', classCode.all]]} />
        <Field label={classCode.minutes} type="number" inputMode="numeric" min={1} max={60} value={minutes} error={making.of('minutes')} />
        <div class="actions"><Button type="submit" busy={making.busy.value} disabled={whom.value === 'chosen' && chosen.length === 0}>{classCode.make}</Button></div>
      </div>
      {whom.value === 'chosen' && chosen.length === 0 ? <p class="hint">{classCode.chooseFirst}</p> : null}
    </Form>
  );
}

export function ClassCode({ section, chosen, onUsed }: { section: string; chosen: readonly string[]; onUsed: () => void }) {
  const { classCode } = t().teacher;
  const at = useNow(), state = useResource<schemas.ClassCodeState>(`/v1/sections/${section}/class-code`, { everyMs });
  const made = codes.value.get(section), told = state.data.value;
  const open = told !== undefined && told.ended_at === null && Date.parse(told.expires_at) > at;
  const used = told?.students.filter(({ used_at }) => used_at !== null).length ?? 0;
  useEffect(() => { if (used > 0) onUsed(); }, [used]);
  const ending = useDeed(async () => {
    await api.delete('/v1/sections/{section_id}/class-code', { path: { section_id: section } });
    say(classCode.ended);
    await state.reload();
  });
  return (
    <Card title={classCode.title}>
      <p class="dim">{classCode.hint}</p>
      {made && made.class_code_id === told?.class_code_id && open
        ? <Board section={section} code={made.code} expires_at={made.expires_at} busy={ending.busy.value} onEnd={() => { void ending.run(); }} />
        : open ? <Said><p>{classCode.elsewhere}</p><Button quiet busy={ending.busy.value} onPress={() => { void ending.run(); }}>{classCode.end}</Button></Said> : null}
      {ending.error.value ? <Fault error={ending.error.value} /> : null}
      {told && (open || used > 0 || told.misses > 0) ? <Used state={told} /> : null}
      {open ? <details><summary>{classCode.another}</summary><Make section={section} chosen={chosen} onMade={() => { void state.reload(); }} /></details> : <Make section={section} chosen={chosen} onMade={() => { void state.reload(); }} />}
    </Card>
  );
}
