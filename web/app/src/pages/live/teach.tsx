// Beside a class's picture, for whoever teaches it: is it ready and if not why, where the encoder sends to, and who is in it.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { api } from '../../api.js';
import { Button, Field, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import type { Resource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { say } from '../../kit/toast.js';
import { language, numberText, t } from '../../text/index.js';
import { fullName, useStudents, type Student } from '../teacher/data.js';
import { concernText } from './concerns.js';

type Class = schemas.LiveClass;
type Plan = NonNullable<Class['plan']>;

function Ready({ of, plan }: { of: Class; plan: Plan }) {
  const words = t().live.teach;
  return (
    <Card title={words.plan}>
      <p><span class={`chip ${plan.go ? 'good' : 'bad'}`}>{plan.go ? words.ready : words.notReady}</span></p>
      {plan.go ? <p>{words.allWell}</p> : <ul>{plan.concerns.map((one) => <li key={one}>{concernText(one)}</li>)}</ul>}
      <dl class="live-facts">
        <dt>{words.state}</dt><dd>{words.states[of.state]}</dd>
        <dt>{words.signal}</dt><dd>{words.signals[plan.signal]}</dd>
        <dt>{words.slate}</dt><dd>{plan.slate_on ? words.on : words.off}</dd>
        <dt>{words.warm}</dt><dd><span data-varies="4 of 4">{words.warmOf(numberText(plan.warm_verified), numberText(plan.warm_planned))}</span></dd>
      </dl>
    </Card>
  );
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard?.writeText(text);
  say(t().live.teach.copied);
}

function Ingest({ of }: { of: Plan['ingests'][number] }) {
  const words = t().live.teach, address = useSignal(of.url), key = useSignal(of.key), user = useSignal(of.user);
  return (
    <>
      <Field label={words.address} value={address} readOnly spellcheck={false} />
      {of.user ? <Field label={words.user} value={user} readOnly spellcheck={false} /> : null}
      <Field label={words.key} value={key} readOnly spellcheck={false} />
      <div class="actions">
        {navigator.clipboard ? <><Button quiet onPress={() => { void copy(of.url); }}>{words.copyAddress}</Button><Button quiet onPress={() => { void copy(of.key); }}>{words.copyKey}</Button></> : null}
      </div>
    </>
  );
}

/** Shown on demand: whoever shares their screen shows it to the class. */
function Sending({ plan }: { plan: Plan }) {
  const words = t().live.teach, shown = useSignal(false);
  return (
    <Card title={words.before}>
      <ol>{words.steps.map((step) => <li key={step}>{step}</li>)}</ol>
      <h3>{words.send}</h3>
      {plan.ingests.length === 0 ? <p class="dim">{words.notYet}</p> : shown.value ? (
        <>
          <p>{words.secret}</p>
          {plan.ingests.map((one) => <Ingest key={one.url + one.key} of={one} />)}
          <div class="actions"><Button quiet onPress={() => { shown.value = false; }}>{words.hide}</Button></div>
        </>
      ) : <div class="actions"><Button quiet onPress={() => { shown.value = true; }}>{words.show}</Button></div>}
    </Card>
  );
}

function People({ of }: { of: Class }) {
  const words = t().live.teach, students = useStudents(of.section_id), out = useSignal<ReadonlySet<string>>(new Set());
  const path = (student: Student) => ({ path: { live_class_id: of.live_class_id, user_id: student.user_id } });
  const mark = (student: Student, isOut: boolean) => { out.value = new Set(isOut ? [...out.value, student.user_id] : [...out.value].filter((one) => one !== student.user_id)); };
  const letIn = useDeed(async (student: Student) => {
    await api.delete('/v1/live-classes/{live_class_id}/removed/{user_id}', path(student));
    mark(student, false);
    say(words.wasLetIn(fullName(student)));
  });
  const putOut = useDeed(async (student: Student) => {
    await api.put('/v1/live-classes/{live_class_id}/removed/{user_id}', path(student));
    mark(student, true);
    say(words.wasPutOut(fullName(student)), () => { void letIn.run(student); });
  });
  const columns = useMemo<Column<Student>[]>(() => [
    { id: 'student', title: words.student, width: 12, cell: (student) => <>{fullName(student)} {out.value.has(student.user_id) ? <span class="chip bad">{words.isOut}</span> : null}</> },
    { id: 'deed', title: words.deed, width: 10, cell: (student) => (out.value.has(student.user_id)
      ? <Button quiet label={words.letInOne(fullName(student))} onPress={() => { void letIn.run(student); }}>{words.letIn}</Button>
      : <Button quiet label={words.putOutOne(fullName(student))} onPress={() => { void putOut.run(student); }}>{words.putOut}</Button>) },
  ], [language.value, out.value]);
  const fault = putOut.error.value ?? letIn.error.value;
  return (
    <Card title={words.people}>
      {fault ? <Fault error={fault} /> : null}
      <Read from={students}>{({ data }) => <Table label={words.people} rows={data} columns={columns} rowKey={({ user_id }) => user_id} />}</Read>
    </Card>
  );
}

export function Teach({ of }: { of: Resource<Class> }) {
  return (
    <div>
      <Read from={of}>{(known) => (known.plan ? <><Ready of={known} plan={known.plan} /><Sending plan={known.plan} /><People of={known} /></> : null)}</Read>
    </div>
  );
}
