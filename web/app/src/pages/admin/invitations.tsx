// Links by mail for people who have no password yet, and what became of them.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { ConfirmByName } from '../../kit/dialog.js';
import { Button, useDeed } from '../../kit/form.js';
import { Listed, useList, type List } from '../../kit/list.js';
import { Page } from '../../kit/page.js';
import { Progress } from '../../kit/progress.js';
import { Fault, Said } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { branding } from '../../shell/branding.js';
import { language, numberText, t } from '../../text/index.js';
import { api } from './data.js';

type Invitation = schemas.InvitationPage['data'][number];

/** As many calls as it takes; each invites some. */
function useInvitingAll(list: List<Invitation>) {
  const sent = useSignal<number | undefined>(undefined), left = useSignal<schemas.Invited | undefined>(undefined);
  const inviting = useDeed(async () => {
    sent.value = 0;
    left.value = undefined;
    try {
      for (let more = true; more;) {
        const { body } = await api.post('/v1/invitations', { body: { everybody: true } });
        sent.value += body.data.length;
        more = body.more;
        left.value = body;
      }
    } finally { await list.reload(); }
  });
  return { ...inviting, sent, left };
}

function Everybody({ list }: { list: List<Invitation> }) {
  const { invitations } = t().admin, asking = useSignal(false), inviting = useInvitingAll(list);
  const { value: left } = inviting.left, sent = inviting.sent.value ?? 0;
  return (
    <>
      <div class="actions"><Button busy={inviting.busy.value} onPress={() => { asking.value = true; }}>{invitations.everybody}</Button></div>
      {inviting.busy.value ? <Progress label={invitations.inviting} done={sent} /> : null}
      {inviting.error.value ? <Fault error={inviting.error.value} /> : null}
      {left && !inviting.busy.value ? (
        <Said kind="good">
          <p>{invitations.sent(sent, numberText(sent))}</p>
          <p>{invitations.leftOut(numberText(left.with_password), numberText(left.without_address))}</p>
        </Said>
      ) : null}
      {asking.value ? (
        <ConfirmByName title={invitations.everybodyTitle} name={branding.value.name} deed={invitations.everybody}
          onConfirm={() => { asking.value = false; void inviting.run(); }} onClose={() => { asking.value = false; }}>
          <p>{invitations.everybodyHint}</p>
        </ConfirmByName>
      ) : null}
    </>
  );
}

export default function InvitationsPage() {
  const { invitations } = t().admin, list = useList<Invitation>('/v1/invitations?limit=500');
  const revoking = useDeed(async (id: string) => {
    await api.delete('/v1/invitations/{invitation_id}', { path: { invitation_id: id } });
    say(invitations.revoked, () => { void resending.run(id); });
    await list.reload();
  });
  const resending = useDeed(async (id: string) => {
    await api.post('/v1/invitations/{invitation_id}/resend', { path: { invitation_id: id } });
    say(invitations.resent);
    await list.reload();
  });
  const columns = useMemo<Column<Invitation>[]>(() => {
    const name = ({ given_name, family_name }: Invitation) => `${given_name} ${family_name}`;
    return [
      { id: 'name', title: invitations.who, width: 14, by: ({ family_name, given_name }) => `${family_name} ${given_name}`, cell: (one) => <a href={`/app/people/${one.user_id}`}>{name(one)}</a> },
      { id: 'username', title: invitations.username, width: 10, by: ({ username }) => username, cell: ({ username }) => username },
      { id: 'state', title: invitations.state, width: 9, by: ({ state }) => state, cell: ({ state }) => <span class={`chip ${state === 'used' ? 'good' : ''}`}>{invitations.states[state]}</span> },
      { id: 'at', title: invitations.at, width: 13, by: ({ invited_at }) => invited_at, cell: ({ invited_at }) => <Instant at={invited_at} /> },
      { id: 'until', title: invitations.until, width: 13, by: ({ expires_at }) => expires_at, cell: ({ expires_at }) => <Instant at={expires_at} /> },
      { id: 'deed', title: invitations.deed, width: 16, cell: (one) => (
        <span class="deeds">
          <Button quiet label={invitations.resendTo(name(one))} onPress={() => { void resending.run(one.invitation_id); }}>{invitations.resend}</Button>
          {one.state === 'open' ? <Button quiet label={invitations.revokeOf(name(one))} onPress={() => { void revoking.run(one.invitation_id); }}>{invitations.revoke}</Button> : null}
        </span>
      ) },
    ];
  }, [language.value]);
  const failed = revoking.error.value ?? resending.error.value;
  return (
    <Page title={t().admin.policy.invitations} wide above={<p class="back"><a href="/app/policy">{t().shell.nav.policy}</a></p>}>
      <p>{t().admin.policy.invitationsHint}</p>
      <Everybody list={list} />
      {failed ? <Fault error={failed} /> : null}
      <Listed from={list}>{(rows) => <Table label={t().admin.policy.invitations} rows={rows} columns={columns} rowKey={({ invitation_id }) => invitation_id} empty={invitations.none} />}</Listed>
    </Page>
  );
}
