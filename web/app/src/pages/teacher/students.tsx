// A section's students, whether they can sign in, and what their teacher does where they cannot: a class code, cards, another try, signing out.
import { useSignal } from '@preact/signals';
import { Button, useDeed } from '../../kit/form.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Card } from '../../kit/page.js';
import { Empty, Fault, Read } from '../../kit/said.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { api, fullName, useStudents, type Student } from './data.js';
import { Cards } from './cards.js';
import { ClassCode } from './class_code.js';
import { Search, SectionPage, useChosen } from './parts.js';

function Row({ student, chosen, onChoose }: { student: Student; chosen: boolean; onChoose: (on: boolean) => void }) {
  const { students } = t().teacher, name = fullName(student);
  const lifting = useDeed(async () => {
    await api.delete('/v1/users/{user_id}/sign-in-delay', { path: { user_id: student.user_id } });
    say(students.mayTry(name));
  });
  return (
    <tr>
      <td class="tick"><input type="checkbox" aria-label={name} checked={chosen} onInput={(event) => onChoose(event.currentTarget.checked)} /></td>
      <th scope="row">{name} <span class="dim">{student.username}</span></th>
      <td>{student.has_password ? <span class="chip good">{students.canSignIn}</span> : <span class="chip bad">{students.noPassword}</span>}{student.has_card ? <> <span class="chip">{students.hasCard}</span></> : null}</td>
      <td><Button quiet busy={lifting.busy.value} label={`${students.letTry}: ${name}`} onPress={() => { void lifting.run(); }}>{students.letTry}</Button>{lifting.error.value ? <Fault error={lifting.error.value} /> : null}</td>
    </tr>
  );
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

function Table({ list, chosen, set, all, none }: { list: readonly Student[] } & ReturnType<typeof useChosen>) {
  const { students } = t().teacher, wanted = useSignal('');
  const words = wanted.value.trim().toLocaleLowerCase();
  const shown = words === '' ? list : list.filter((student) => `${fullName(student)} ${student.username}`.toLocaleLowerCase().includes(words));
  return (
    <>
      <div class="tools">
        <Search label={students.find} value={wanted.value} onInput={(text) => { wanted.value = text; }} />
        <Button quiet onPress={() => all(shown.map(({ user_id }) => user_id))}>{students.chooseShown}</Button>
        <Button quiet disabled={chosen.value.size === 0} onPress={none}>{students.chooseNone}</Button>
        <span role="status">{students.chosen(chosen.value.size)}</span>
      </div>
      {shown.length === 0 ? <Empty>{students.nobody}</Empty> : (
        <div class="table-wrap tall" role="region" aria-label={students.title} tabIndex={0}>
          <table>
            <thead><tr><td /><th scope="col">{students.student}</th><th scope="col">{students.state}</th><th scope="col">{students.afterWrong}</th></tr></thead>
            <tbody>{shown.map((student) => <Row key={student.user_id} student={student} chosen={chosen.value.has(student.user_id)} onChoose={(on) => set(student.user_id, on)} />)}</tbody>
          </table>
        </div>
      )}
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
            <Card title={students.list}><Table list={data} {...choice} /></Card>
          </>
        )}
      </Read>
    </SectionPage>
  );
}
