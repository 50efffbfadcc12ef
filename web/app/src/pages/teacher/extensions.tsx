// More time or more attempts, for one student or the whole section; what was given can be taken back, and that undone.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso/router';
import { api, ApiError } from '../../api.js';
import { Button, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Fault, Read } from '../../kit/said.js';
import { useResource } from '../../kit/resource.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant, instantText } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { isStale, TwoVersions } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { etagOf, fieldOf, fullName, instantOf, nameOf, useStudents, type Assignment, type Student } from './data.js';

type Extension = schemas.Extension;
const one = '/v1/assignments/{assignment_id}/extensions/{grantee}';
const granteeOf = ({ user_id }: Extension) => user_id ?? 'section';
const pathFor = (assignment_id: string, grantee: string) => ({ path: { assignment_id, grantee } });

interface FormOptions { assignment: Assignment; students: readonly Student[]; list: readonly Extension[]; onDone: () => void }
function Give({ assignment, students, list, onDone }: FormOptions) {
  const { extensions } = t().teacher, { query } = useLocation(), id = assignment.assignment_id;
  const whom = useSignal(query['for'] ?? 'section'), until = useSignal(fieldOf(assignment.due_at)), attempts = useSignal('0'), reason = useSignal('');
  const stands = useSignal<Extension | undefined>(undefined), seen = useSignal<string | undefined>(undefined);
  const had = list.find((extension) => granteeOf(extension) === whom.value);
  const giving = useDeed(async () => {
    const given = pathFor(id, whom.value), tag = seen.value ?? had?.extension_id;
    stands.value = undefined;
    try {
      const { body } = await api.put(one, { ...given, ...(tag && { ifMatch: etagOf(tag) }), body: { due_at: instantOf(until.value) ?? '', attempts_extra: Number(attempts.value || 0), reason: reason.value.trim() } });
      const before = had;
      say(extensions.given, () => {
        const back = before ? api.put(one, { ...given, ifMatch: etagOf(body.extension_id), body: { due_at: before.due_at, attempts_extra: before.attempts_extra, reason: before.reason } })
          : api.delete(one, { ...given, ifMatch: etagOf(body.extension_id) });
        void back.then(onDone, () => say(t().shell.fault));
      });
    } catch (error) {
      if (error instanceof ApiError && isStale(error)) stands.value = (await api.get(one, given).catch(() => undefined))?.body;
      throw error;
    }
    [reason.value, seen.value] = ['', undefined];
    onDone();
  });
  const stale = isStale(giving.error.value) ? stands.value : undefined;
  return (
    <Form label={extensions.give} onSubmit={() => { seen.value = undefined; void giving.run(); }} error={stale ? undefined : giving.error.value} fields={['due_at', 'attempts_extra', 'reason']}>
      <div class="row">
        <Choice label={extensions.whom} value={whom} options={[['section', extensions.section], ...students.map((student) => [student.user_id, `${fullName(student)} (${student.username})`] as const)]} />
        <Field label={extensions.until} type="datetime-local" value={until} error={giving.of('due_at')} />
        <Field label={extensions.attempts} type="number" min={0} max={1000} value={attempts} error={giving.of('attempts_extra')} />
      </div>
      <Field label={extensions.reason} hint={extensions.reasonHint} value={reason} maxLength={500} error={giving.of('reason')} />
      {had && !stale ? <p class="hint">{extensions.replaces(instantText(had.due_at))}</p> : null}
      {stale ? <TwoVersions rows={[{ name: extensions.until, stands: instantText(stale.due_at), mine: instantText(instantOf(until.value) ?? stale.due_at) },
        { name: extensions.attempts, stands: String(stale.attempts_extra), mine: attempts.value }, { name: extensions.reason, stands: stale.reason, mine: reason.value }]}
        onMine={() => { seen.value = stale.extension_id; void giving.run(); }} onTheirs={() => { giving.error.value = undefined; onDone(); }} /> : null}
      <div class="actions"><Button type="submit" busy={giving.busy.value}>{extensions.give}</Button></div>
    </Form>
  );
}

interface Row { extension: Extension; name: string }
function Take({ id, row: { extension, name }, onDone }: { id: string; row: Row; onDone: () => void }) {
  const { extensions } = t().teacher, { due_at, attempts_extra, reason } = extension, given = pathFor(id, granteeOf(extension));
  const taking = useDeed(async () => {
    await api.delete(one, { ...given, ifMatch: etagOf(extension.extension_id) });
    say(extensions.taken, () => { void api.put(one, { ...given, body: { due_at, attempts_extra, reason } }).then(onDone, () => say(t().shell.fault)); });
    onDone();
  });
  return (
    <>
      {taking.error.value ? <Fault error={taking.error.value} onRetry={onDone} /> : null}
      <Button quiet busy={taking.busy.value} label={`${extensions.take}: ${name}`} onPress={() => { void taking.run(); }}>{extensions.take}</Button>
    </>
  );
}

function columnsOf(id: string, onDone: () => void): Column<Row>[] {
  const { extensions } = t().teacher;
  return [
    { id: 'whom', title: extensions.whom, width: 12, by: ({ name }) => name, cell: ({ name }) => name },
    { id: 'until', title: extensions.until, width: 11, by: ({ extension }) => extension.due_at, cell: ({ extension }) => <Instant at={extension.due_at} /> },
    { id: 'attempts', title: extensions.attempts, width: 8, by: ({ extension }) => extension.attempts_extra, cell: ({ extension }) => (extension.attempts_extra > 0 ? extensions.more(extension.attempts_extra) : '–') },
    { id: 'reason', title: extensions.reason, width: 14, wrap: true, cell: ({ extension }) => <>{extension.outage_id ? <span class="chip">{extensions.platform}</span> : null} {extension.reason}</> },
    { id: 'deed', title: extensions.deed, width: 7, cell: (row) => <Take id={id} row={row} onDone={onDone} /> },
  ];
}

export function Extensions({ assignment }: { assignment: Assignment }) {
  const { extensions } = t().teacher, id = assignment.assignment_id;
  const list = useResource<schemas.ExtensionList>(`/v1/assignments/${id}/extensions`), students = useStudents(assignment.section_id).data.value?.data ?? [];
  const again = () => { void list.reload(); };
  return (
    <Card title={extensions.title}>
      <Read from={list}>
        {({ data }) => (
          <>
            <Table label={extensions.title} rows={data.map((extension) => ({ extension, name: extension.user_id ? nameOf(students, extension.user_id) : extensions.section }))} columns={columnsOf(id, again)}
              rowKey={({ extension }) => granteeOf(extension)} empty={extensions.none} />
            <h3>{extensions.give}</h3>
            <Give assignment={assignment} students={students} list={data} onDone={again} />
          </>
        )}
      </Read>
    </Card>
  );
}
