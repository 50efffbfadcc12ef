// The timetable's frame: terms, which bell schedule each weekday has, and the zone in which its times are meant.
import { signal, useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { schemas } from '@bellwether/client';
import { Button, Choice, Field, Form } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Empty, faultText } from '../../kit/said.js';
import { longDay, weekdayText, zones } from '../../kit/school_time.js';
import { Newest, useSaving, type Version } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { api } from './data.js';
import '../../style/admin.css';
import '../../style/timetable.css';

type Timetable = schemas.Timetable;
type Frame = Required<Pick<schemas.TimetableChange, 'zone' | 'week' | 'terms'>>;
interface TermRow { key: number; name: Signal<string>; begins: Signal<string>; ends: Signal<string> }

let keys = 0;
const rowOf = ({ name, begins, ends }: schemas.Term): TermRow => ({ key: ++keys, name: signal(name), begins: signal(begins), ends: signal(ends) });
const termOf = ({ name, begins, ends }: TermRow): schemas.Term => ({ name: name.value.trim(), begins: begins.value, ends: ends.value });
const frameOf = ({ zone, week, terms }: Timetable): Frame => ({ zone, week, terms });

/** `at`: what is wrong with a field of the term at that place. */
function Terms({ rows, at }: { rows: Signal<readonly TermRow[]>; at: (place: number, field: string) => ComponentChildren }) {
  const { admin, frame } = t().timetable;
  return (
    <fieldset class="plain">
      <legend>{admin.terms}</legend>
      {rows.value.length === 0 ? <Empty>{admin.noTerms}</Empty> : null}
      {rows.value.map((row, i) => (
        <div key={row.key} class="filters term" role="group" aria-label={row.name.value || frame.newTerm}>
          <Field label={admin.name} value={row.name} maxLength={100} error={at(i, 'name')} />
          <Field label={admin.begins} type="date" min="2000-01-01" max="2037-12-31" value={row.begins} error={at(i, 'begins')} />
          <Field label={admin.ends} type="date" min="2000-01-01" max="2037-12-31" value={row.ends} error={at(i, 'ends')} />
          <div class="actions"><Button quiet label={frame.removeTerm(row.name.value)} onPress={() => { rows.value = rows.value.filter((one) => one !== row); }}>{t().timetable.exceptions.remove}</Button></div>
        </div>
      ))}
      <div class="actions"><Button quiet onPress={() => { rows.value = [...rows.value, rowOf({ name: '', begins: '', ends: '' })]; }}>{frame.addTerm}</Button></div>
    </fieldset>
  );
}

function Editor({ version }: { version: Version<Timetable> }) {
  const { admin, frame } = t().timetable, { now } = version;
  const zone = useSignal(now.zone), week = useSignal<readonly Signal<string>[]>(now.week.map((one) => signal(one ?? ''))), terms = useSignal<readonly TermRow[]>(now.terms.map(rowOf));
  const saving = useSaving(version, { put: (body: Frame, ifMatch) => api.patch('/v1/timetable', { ifMatch, body }).then(({ body: made, etag }) => ({ body: made, etag })), changeTo: frameOf });
  const wanted = (): Frame => ({ zone: zone.value, week: week.value.map((one) => one.value || null), terms: terms.value.map(termOf) });
  const wrong = saving.error, at = (place: number, field: string) => (wrong?.field === `/terms/${place}/${field}` ? faultText(wrong) : undefined);
  const atField = wrong?.field !== undefined && (wrong.field === '/zone' || /^\/terms\/\d+\/(name|begins|ends)$/.test(wrong.field));
  const options = [['', admin.noSchool] as const, ...now.schedules.map(({ name }) => [name, name] as const)];
  return (
    <Card>
      <p class="dim">{frame.hint}</p>
      <Form label={frame.title} onSubmit={() => { void saving.run(wanted()); }} error={atField ? undefined : wrong}>
        <Choice label={frame.zone} hint={frame.zoneHint} value={zone} options={zones(zone.value)} />
        <Terms rows={terms} at={at} />
        <fieldset class="plain">
          <legend>{admin.week}</legend>
          <div class="filters">{week.value.map((one, day) => <Choice key={day} label={weekdayText(day)} value={one} options={options} />)}</div>
        </fieldset>
        {saving.other((of) => [
          { name: frame.zone, said: of.zone },
          { name: admin.terms, said: of.terms.map(({ name, begins, ends }) => `${name}: ${longDay(begins)} – ${longDay(ends)}`).join('\n') },
          ...of.week.map((schedule, day) => ({ name: weekdayText(day), said: schedule ?? admin.noSchool })),
        ])}
        <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
      </Form>
    </Card>
  );
}

export default function CalendarPage() {
  const { admin, frame } = t().timetable, from = useResource<Timetable>('/v1/timetable');
  return (
    <Page title={frame.title} above={<p class="trail"><a href="/app/admin/timetable">{t().shell.nav.timetableSetup}</a></p>}>
      <Newest from={from}>{(version) => (version.now.version === 0 ? <Card><Empty>{admin.noneYet}</Empty></Card> : <Editor version={version} />)}</Newest>
    </Page>
  );
}
