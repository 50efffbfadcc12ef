// Somebody: what makes them what they are, their sections, whether they can sign in.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { me } from '../../api.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Button, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource, type Resource } from '../../kit/resource.js';
import { Fault, Known, Read, Said } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant, dayText } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { language, numberText, t } from '../../text/index.js';
import { api } from './data.js';

type PersonRecord = schemas.PersonRecord;
type Source = PersonRecord['role_sources'][number];
type Enrollment = PersonRecord['sections'][number];

function Facts({ of }: { of: PersonRecord }) {
  const { people } = t().admin;
  return (
    <dl class="facts">
      <dt>{people.username}</dt><dd>{of.username}</dd>
      <dt>{people.email}</dt><dd><Known value={of.email} why={people.noEmail} /></dd>
      <dt>{people.status}</dt><dd><span class={`chip ${of.active ? 'good' : ''}`}>{of.active ? people.active : people.inactive}</span></dd>
      <dt>{people.roles}</dt><dd>{of.roles.map((role) => people.role[role]).join(people.and) || people.noRole}</dd>
      <dt>{people.password}</dt><dd>{of.has_password ? people.yes : people.no}</dd>
      <dt>{people.factor}</dt><dd>{of.has_second_factor ? people.yes : people.no}</dd>
      <dt>{people.identities}</dt><dd>{numberText(of.identities)}</dd>
      <dt>{people.last}</dt><dd>{of.signed_in_at ? <Instant at={of.signed_in_at} /> : people.never}</dd>
      {of.invited_until ? <><dt>{people.invited}</dt><dd><Instant at={of.invited_until} /></dd></> : null}
      <dt>{people.from}</dt><dd>{of.source} <code>{of.sourced_id}</code></dd>
    </dl>
  );
}

function Administration({ of, from }: { of: PersonRecord; from: Resource<PersonRecord> }) {
  const { people } = t().admin, asking = useSignal(false), administers = of.roles.includes('administrator'), own = me.value?.user_id === of.user_id;
  const set = async (administrator: boolean) => {
    const { body } = await api.put('/v1/users/{user_id}/roles', { path: { user_id: of.user_id }, body: { administrator } });
    from.set(body);
  };
  const giving = useDeed(async () => {
    await set(true);
    asking.value = false;
    say(people.given(of.given_name), () => { void taking.run(); });
  });
  const taking = useDeed(async () => {
    await set(false);
    say(people.taken(of.given_name), () => { void giving.run(); });
  });
  return (
    <Card title={people.administration}>
      <p>{own ? people.ownRole : administers ? people.takeHint : people.giveHint}</p>
      {taking.error.value ? <Fault error={taking.error.value} /> : null}
      {own || !of.active ? null : (
        <div class="actions">
          {administers ? <Button quiet busy={taking.busy.value} onPress={() => { void taking.run(); }}>{people.take}</Button> : <Button onPress={() => { asking.value = true; }}>{people.give}</Button>}
        </div>
      )}
      {asking.value ? (
        <ConfirmByName title={people.giveTitle(`${of.given_name} ${of.family_name}`)} name={of.username} deed={people.give} busy={giving.busy.value} onConfirm={() => { void giving.run(); }} onClose={() => { asking.value = false; }}>
          <p>{people.giveHint}</p>
          {giving.error.value ? <Fault error={giving.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}

function GettingIn({ of, from }: { of: PersonRecord; from: Resource<PersonRecord> }) {
  const { people } = t().admin, asking = useSignal(false), path = { user_id: of.user_id };
  const inviting = useDeed(async () => {
    const { body } = await api.post('/v1/invitations', { body: { user_id: of.user_id } });
    say(body.data.length > 0 ? people.inviteSent : body.without_address > 0 ? people.noEmail : people.inviteOpen);
    await from.reload();
  });
  const lifting = useDeed(async () => { await api.delete('/v1/users/{user_id}/sign-in-delay', { path }); say(people.lifted); });
  const resetting = useDeed(async () => {
    await api.delete('/v1/users/{user_id}/second-factor', { path });
    asking.value = false;
    say(people.factorGone);
    await from.reload();
  });
  const failed = inviting.error.value ?? lifting.error.value;
  return (
    <Card title={people.gettingIn}>
      {of.active ? null : <Said>{people.notActive}</Said>}
      {failed ? <Fault error={failed} /> : null}
      <div class="actions">
        {of.has_password || !of.active ? null : <Button busy={inviting.busy.value} onPress={() => { void inviting.run(); }}>{people.invite}</Button>}
        <Button quiet busy={lifting.busy.value} onPress={() => { void lifting.run(); }}>{people.lift}</Button>
        {of.has_second_factor ? <Button danger onPress={() => { asking.value = true; }}>{people.resetFactor}</Button> : null}
      </div>
      {asking.value ? (
        <ConfirmByName title={people.resetTitle} name={of.username} deed={people.resetFactor} busy={resetting.busy.value} onConfirm={() => { void resetting.run(); }} onClose={() => { asking.value = false; }}>
          <p>{people.resetHint}</p>
          {resetting.error.value ? <Fault error={resetting.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </Card>
  );
}

function Lists({ of }: { of: PersonRecord }) {
  const { people } = t().admin;
  const sources = useMemo<Column<Source>[]>(() => [
    { id: 'role', title: people.countsAs, width: 9, cell: ({ role }) => (role ? people.role[role] : <span class="dim">{people.nothing}</span>) },
    { id: 'name', title: people.roleName, width: 9, cell: ({ name }) => name },
    { id: 'org', title: people.org, width: 14, cell: ({ org }) => org },
    { id: 'source', title: people.source, width: 10, cell: ({ granted, source }) => (granted ? people.granted : source) },
  ], [language.value]);
  const sections = useMemo<Column<Enrollment>[]>(() => [
    { id: 'title', title: people.section, width: 15, by: ({ title }) => title, cell: ({ title }) => title },
    { id: 'code', title: people.code, width: 8, by: ({ class_code }) => class_code, cell: ({ class_code }) => class_code },
    { id: 'role', title: people.roleName, width: 8, by: ({ role }) => role, cell: ({ role }) => role },
    { id: 'active', title: people.status, width: 8, by: ({ active }) => Number(active), cell: ({ active }) => (active ? people.holds : people.over) },
    { id: 'end', title: people.until, width: 8, by: ({ end_date }) => end_date, cell: ({ end_date }) => (end_date ? dayText(end_date) : null) },
  ], [language.value]);
  return (
    <>
      <Card title={people.why}><Table label={people.why} rows={of.role_sources} columns={sources} rowKey={({ name, org, source }) => `${name} ${org} ${source}`} empty={people.noRole} /></Card>
      <Card title={people.sections}><Table label={people.sections} rows={of.sections} columns={sections} rowKey={({ section_id, role }) => `${section_id} ${role}`} empty={people.noSections} /></Card>
    </>
  );
}

export default function PersonPage({ id = '' }: { [name: string]: string }) {
  const from = useResource<PersonRecord>(`/v1/users/${id}`), of = from.data.value;
  return (
    <Page title={of ? `${of.given_name} ${of.family_name}` : t().admin.people.one} wide above={<p class="back"><a href="/app/people">{t().shell.nav.people}</a></p>}>
      <Read from={from}>
        {(record) => (
          <div class="columns">
            <div><Facts of={record} /><GettingIn of={record} from={from} /><Administration of={record} from={from} /></div>
            <div><Lists of={record} /></div>
          </div>
        )}
      </Read>
    </Page>
  );
}
