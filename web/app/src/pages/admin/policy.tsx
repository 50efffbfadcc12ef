// What the institution asks of its people when they sign in, how they are told things, and what is kept of what they open.
import { useSignal } from '@preact/signals';
import type { schemas } from '@bellwether/client';
import { Button, Check, Choice, Field, Form } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Newest, useSaving, type Version } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { api } from './data.js';
import { Providers } from './providers.js';

const yesOrNo = (is: boolean | undefined) => t().shell.figure[is ? 'yes' : 'no'];

function SecondFactor({ version }: { version: Version<schemas.SignInPolicy> }) {
  const { policy } = t().admin, wanted = useSignal(version.now.staff_second_factor);
  const saving = useSaving(version, {
    put: (body: schemas.SignInPolicyChange, ifMatch) => api.patch('/v1/sign-in-policy', { ifMatch, body }),
    changeTo: ({ staff_second_factor }): schemas.SignInPolicyChange => ({ staff_second_factor }),
  });
  return (
    <Form label={policy.secondFactor} onSubmit={() => { void saving.run({ staff_second_factor: wanted.value }); }} error={saving.error}>
      <Choice label={policy.staffFactor} hint={policy.staffFactorHint} value={wanted} options={[['optional', policy.factors.optional], ['required', policy.factors.required]]} />
      {saving.other(({ staff_second_factor: factor }) => [{ name: policy.staffFactor, said: factor ? policy.factors[factor] : '' }])}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Passwords({ version }: { version: Version<schemas.PasswordPolicy> }) {
  const { policy } = t().admin, { now } = version;
  const staff = useSignal(String(now.staff_chars_min)), student = useSignal(String(now.student_chars_min)), shared = useSignal(String(now.shared_device_minutes));
  const saving = useSaving(version, {
    put: (body: schemas.PasswordPolicyChange, ifMatch) => api.patch('/v1/password-policy', { ifMatch, body }),
    changeTo: ({ staff_chars_min, student_chars_min, shared_device_minutes }): schemas.PasswordPolicyChange => ({ staff_chars_min, student_chars_min, shared_device_minutes }),
  });
  const wanted = () => ({ staff_chars_min: Number(staff.value), student_chars_min: Number(student.value), shared_device_minutes: Number(shared.value) });
  return (
    <Form label={policy.passwords} onSubmit={() => { void saving.run(wanted()); }} error={saving.error} fields={['staff_chars_min', 'student_chars_min', 'shared_device_minutes']}>
      <Field label={policy.staffChars} type="number" min={8} max={64} value={staff} error={saving.of('staff_chars_min')} />
      <Field label={policy.studentChars} hint={policy.studentCharsHint} type="number" min={4} max={64} value={student} error={saving.of('student_chars_min')} />
      <Field label={policy.shared} hint={policy.sharedHint} type="number" min={5} max={1440} value={shared} error={saving.of('shared_device_minutes')} />
      {saving.other((it) => [{ name: policy.staffChars, said: String(it.staff_chars_min) }, { name: policy.studentChars, said: String(it.student_chars_min) }, { name: policy.shared, said: String(it.shared_device_minutes) }])}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Mails({ version }: { version: Version<schemas.NoticePolicy> }) {
  const { policy } = t().admin, grades = useSignal(version.now.grade_mails), announcements = useSignal(version.now.announcement_mails);
  const saving = useSaving(version, {
    put: (body: schemas.NoticePolicyChange, ifMatch) => api.put('/v1/notice-policy', { ifMatch, body }),
    changeTo: ({ grade_mails, announcement_mails }): schemas.NoticePolicyChange => ({ grade_mails, announcement_mails }),
  });
  return (
    <Form label={policy.mails} onSubmit={() => { void saving.run({ grade_mails: grades.value, announcement_mails: announcements.value }); }} error={saving.error}>
      <Check label={policy.gradeMails} hint={policy.gradeMailsHint} value={grades} />
      <Check label={policy.announcementMails} value={announcements} />
      {saving.other((it) => [{ name: policy.gradeMails, said: yesOrNo(it.grade_mails) }, { name: policy.announcementMails, said: yesOrNo(it.announcement_mails) }])}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

function Activity({ version }: { version: Version<schemas.ActivityPolicy> }) {
  const { policy } = t().admin, kept = useSignal(version.now.kept);
  const saving = useSaving(version, {
    put: (body: schemas.ActivityPolicy, ifMatch) => api.put('/v1/activity-policy', { ifMatch, body }),
    changeTo: ({ kept: is }): schemas.ActivityPolicy => ({ kept: is }),
  });
  return (
    <Form label={policy.activity} onSubmit={() => { void saving.run({ kept: kept.value }); }} error={saving.error}>
      <Check label={policy.activityKept} hint={policy.activityHint} value={kept} />
      {saving.other((it) => [{ name: policy.activityKept, said: yesOrNo(it.kept) }])}
      <div class="actions"><Button type="submit" busy={saving.busy.value}>{t().shell.save}</Button></div>
    </Form>
  );
}

export default function PolicyPage() {
  const { policy } = t().admin;
  const signIn = useResource<schemas.SignInPolicy>('/v1/sign-in-policy'), passwords = useResource<schemas.PasswordPolicy>('/v1/password-policy');
  const mails = useResource<schemas.NoticePolicy>('/v1/notice-policy'), activity = useResource<schemas.ActivityPolicy>('/v1/activity-policy');
  return (
    <Page title={t().shell.nav.policy} wide>
      <div class="columns">
        <div>
          <Card title={policy.secondFactor}><Newest from={signIn}>{(version) => <SecondFactor version={version} />}</Newest></Card>
          <Card title={policy.passwords}><Newest from={passwords}>{(version) => <Passwords version={version} />}</Newest></Card>
        </div>
        <div>
          <Providers />
          <Card title={policy.invitations}><p>{policy.invitationsHint}</p><p><a href="/app/policy/invitations">{policy.invitationsAll}</a></p></Card>
          <Card title={policy.mails}><Newest from={mails}>{(version) => <Mails version={version} />}</Newest></Card>
          <Card title={policy.activity}><Newest from={activity}>{(version) => <Activity version={version} />}</Newest></Card>
        </div>
      </div>
    </Page>
  );
}
