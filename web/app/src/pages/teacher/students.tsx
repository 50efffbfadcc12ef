// A section's students, whether they can sign in, and what their teacher does where they cannot: a class code, cards, another try, signing out.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { api } from '../../api.js';
import { Button, useDeed } from '../../kit/form.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Card } from '../../kit/page.js';
import { Fault, Read } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { fullName, useStudents, type Student } from './data.js';
import { Cards } from './cards.js';
import { ClassCode } from './class_code.js';
import { Search, SectionPage, useChosen } from './parts.js';

function LetTry({ student, name }: { student: Student; name: string }) {
  const { students } = t().teacher;
  const lifting = useDeed(async () => {
    await api.delete('/v1/users/{user_id}/sign-in-delay', { path: { user_id: student.user_id } });
    say(students.mayTry(name));
  });
  return <>{lifting.error.value ? <Fault error={lifting.error.value} /> : null}<Button quiet busy={lifting.busy.value} label={`${students.letTry}: ${name}`} onPress={() => { void lifting.run(); }}>{students.letTry}</Button></>;
}

type Choice = ReturnType<typeof useChosen>;
function columnsOf({ chosen, set }: Choice): Column<Student>[] {
  const { students } = t().teacher;
  return [
    { id: 'choose', title: students.choose, width: 4, cell: (student) => (
      <input type="checkbox" aria-label={fullName(student)} checked={chosen.value.has(student.user_id)} onInput={(event) => set(student.user_id, event.currentTarget.checked)} />) },
    { id: 'student', title: students.student, width: 14, cell: (student) => <>{fullName(student)} <span class="dim">{student.username}</span></> },
    { id: 'state', title: students.state, width: 14, by: ({ has_password, has_card }) => Number(has_password) + Number(has_card) / 2, cell: ({ has_password, has_card }) => (
      <>{has_password ? <span class="chip good">{students.canSignIn}</span> : <span class="chip bad">{students.noPassword}</span>}{has_card ? <> <span class="chip">{students.hasCard}</span></> : null}</>) },
    { id: 'again', title: students.afterWrong, width: 10, cell: (student) => <LetTry student={student} name={fullName(student)} /> },
  ];
}

function Devices({ section, title }: { section: string; title: string }) {
  const { students } = t().teacher, asks = useSignal(false);
  const ending = useDeed(async (which: 'all' | 'shared_devices') => {
    const { body } = await api.delete('/v1/sections/{section_id}/sessions', { path: { section_id: section }, query: { which } });
    asks.value = false;
    say(students.ended(body.sessions_ended));
  });
  return (
    <Card title={students.devices}>
      <p class="dim">{students.devicesHint}</p>
      {ending.error.value ? <Fault error={ending.error.value} /> : null}
      <div class="actions"><Button quiet busy={ending.busy.value} onPress={() => { void ending.run('shared_devices'); }}>{students.endShared}</Button><Button quiet onPress={() => { asks.value = true; }}>{students.endAll}</Button></div>
      {asks.value ? (
        <ConfirmByName title={students.endAll} name={title} deed={students.endAll} busy={ending.busy.value} onConfirm={() => { void ending.run('all'); }} onClose={() => { asks.value = false; }}><p>{students.endAllHint}</p></ConfirmByName>
      ) : null}
    </Card>
  );
}

function Accounts({ list, choice }: { list: readonly Student[]; choice: Choice }) {
  const { students } = t().teacher, wanted = useSignal('');
  const words = wanted.value.trim().toLocaleLowerCase();
  const shown = useMemo(() => (words === '' ? list : list.filter((student) => `${fullName(student)} ${student.username}`.toLocaleLowerCase().includes(words))), [list, words]);
  return (
    <>
      <div class="tools">
        <Search label={students.find} value={wanted.value} onInput={(text) => { wanted.value = text; }} />
        <Button quiet onPress={() => choice.all(shown.map(({ user_id }) => user_id))}>{students.chooseShown}</Button>
        <Button quiet disabled={choice.chosen.value.size === 0} onPress={choice.none}>{students.chooseNone}</Button>
        <span role="status">{students.chosen(choice.chosen.value.size)}</span>
      </div>
      <div class="tall"><Table label={students.list} rows={shown} columns={columnsOf(choice)} rowKey={({ user_id }) => user_id} empty={students.nobody} /></div>
    </>
  );
}

export default function Students({ section = '' }: Record<string, string>) {
  const { students } = t().teacher;
  const accounts = useStudents(section), choice = useChosen();
  return (
    <SectionPage section={section} title={accounts.data.value?.section_title}>
      <Read from={accounts}>
        {({ section_title, data }) => (
          <>
            <p><strong>{students.able(data.filter(({ has_password }) => has_password).length, data.length)}</strong></p>
            <ClassCode section={section} chosen={[...choice.chosen.value]} onUsed={() => { void accounts.reload(); }} />
            <Cards section={section} chosen={[...choice.chosen.value]} onMade={() => { void accounts.reload(); }} />
            <Devices section={section} title={section_title} />
            <Card title={students.list}><Accounts list={data} choice={choice} /></Card>
          </>
        )}
      </Read>
    </SectionPage>
  );
}
