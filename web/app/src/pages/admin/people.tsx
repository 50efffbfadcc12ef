// The institution's people: found by the beginning of a name, by role, by whether the roster has them.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Choice, Field } from '../../kit/form.js';
import { Listed, useList } from '../../kit/list.js';
import { Page } from '../../kit/page.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, t } from '../../text/index.js';

type Person = schemas.Person;
type Role = Person['roles'][number];

/** What was typed, once nothing more is for a moment. */
function useSettled(value: string, ms = 250): string {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(set, ms, value);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function SignIn({ person }: { person: Person }) {
  const { people } = t().admin;
  if (person.has_password) return <>{person.has_second_factor ? people.passwordAndFactor : people.password}</>;
  if (person.invited_until) return <>{people.invited} <Instant at={person.invited_until} /></>;
  return <span class="dim">{people.noPassword}</span>;
}

const columns = (): Column<Person>[] => {
  const { people } = t().admin;
  return [
    { id: 'name', title: people.name, width: 16, by: ({ family_name, given_name }) => `${family_name} ${given_name}`, cell: ({ user_id, given_name, family_name }) => <a href={`/app/people/${user_id}`}>{given_name} {family_name}</a> },
    { id: 'username', title: people.username, width: 12, by: ({ username }) => username, cell: ({ username }) => username },
    { id: 'roles', title: people.roles, width: 12, by: ({ roles }) => roles.join(), cell: ({ roles }) => roles.map((role) => people.role[role]).join(people.and) || <span class="dim">{people.noRole}</span> },
    { id: 'signIn', title: people.signIn, width: 13, cell: (person) => <SignIn person={person} /> },
    { id: 'last', title: people.last, width: 13, by: ({ signed_in_at }) => signed_in_at, cell: ({ signed_in_at }) => (signed_in_at ? <Instant at={signed_in_at} /> : <span class="dim">{people.never}</span>) },
  ];
};

export default function PeoplePage() {
  const { people } = t().admin, typed = useSignal(''), role = useSignal<'' | Role>(''), status = useSignal<'active' | 'inactive'>('active');
  const q = useSettled(typed.value.trim());
  const query = new URLSearchParams({ limit: '200', status: status.value, ...(q !== '' && { q }), ...(role.value !== '' && { role: role.value }) });
  const list = useList<Person>(`/v1/users?${query}`), shape = useMemo(columns, [language.value]);
  return (
    <Page title={t().shell.nav.people} wide>
      <div class="filters">
        <Field label={people.search} hint={people.searchHint} type="search" value={typed} autocapitalize="none" spellcheck={false} />
        <Choice label={people.roles} hint={people.rolesHint} value={role} options={[['', people.anyRole], ['student', people.role.student], ['teacher', people.role.teacher], ['administrator', people.role.administrator]]} />
        <Choice label={people.status} hint={people.statusHint} value={status} options={[['active', people.active], ['inactive', people.inactive]]} />
      </div>
      <Listed from={list}>{(rows) => <Table label={t().shell.nav.people} rows={rows} columns={shape} rowKey={({ user_id }) => user_id} empty={people.none} />}</Listed>
    </Page>
  );
}
