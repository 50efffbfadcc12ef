// Where the reader is signed in, and the ways in: sessions, password, second factor, identities at providers.
import type { schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { api, has, me, session, signOut } from '../../api.js';
import { Dialog } from '../../kit/dialog.js';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Fault, Read } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { t } from '../../text/index.js';
import { Identities } from './identities.js';
import { SecondFactor } from './own_factor.js';
import '../../style/everybody.css';

type Session = schemas.SessionList['data'][number];

/** "Chrome on Linux", where a User-Agent stands for a name. */
export function deviceText(device: string): string {
  const { devices } = t().everybody;
  if (!device.startsWith('Mozilla/')) return device || devices.someDevice;
  const browser = ([['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']] as const).find(([mark]) => device.includes(mark))?.[1] ?? devices.someBrowser;
  const system = ([['CrOS', 'ChromeOS'], ['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux']] as const).find(([mark]) => device.includes(mark))?.[1];
  return system ? devices.on(browser, system) : browser;
}

function Sessions() {
  const { devices } = t().everybody, sessions = useResource<schemas.SessionList>('/v1/sessions'), asked = useSignal<Session | 'all' | undefined>(undefined);
  const ending = useDeed(async (which: Session | 'all') => {
    if (which === 'all') await signOut(true);
    else {
      await api.delete('/v1/sessions/{session_id}', { path: { session_id: which.session_id } });
      await sessions.reload();
      say(devices.ended(deviceText(which.device)));
    }
    asked.value = undefined;
  });
  const which = asked.value;
  return (
    <Card title={devices.sessions} actions={<Button quiet onPress={() => { asked.value = 'all'; }}>{devices.endAll}</Button>}>
      <Read from={sessions}>
        {({ data }) => (
          <ul class="sessions">
            {data.map((one) => (
              <li key={one.session_id}>
                <div>
                  <strong>{deviceText(one.device)}</strong> {one.current ? <span class="chip good">{devices.thisOne}</span> : null}
                  <p class="dim small">{devices.began} <Instant at={one.began_at} />, {devices.used} <Instant at={one.used_at} /></p>
                </div>
                {one.current ? null : <Button quiet label={devices.endThis(deviceText(one.device))} onPress={() => { asked.value = one; }}>{devices.end}</Button>}
              </li>
            ))}
          </ul>
        )}
      </Read>
      {which ? (
        <Dialog title={which === 'all' ? devices.endAllTitle : devices.endTitle(deviceText(which.device))} onClose={() => { asked.value = undefined; }}>
          <p>{which === 'all' ? devices.endAllMeans : devices.endMeans}</p>
          {ending.error.value ? <Fault error={ending.error.value} /> : null}
          <div class="actions">
            <Button danger busy={ending.busy.value} onPress={() => { void ending.run(which); }}>{which === 'all' ? devices.endAll : devices.end}</Button>
            <Button quiet onPress={() => { asked.value = undefined; }}>{t().shell.cancel}</Button>
          </div>
        </Dialog>
      ) : null}
    </Card>
  );
}

function Password() {
  const { devices } = t().everybody, before = useSignal(''), next = useSignal(''), policy = useResource<schemas.PasswordPolicy>('/v1/password-policy');
  const least = policy.data.value && (me.value?.roles.some((role) => role !== 'student') ? policy.data.value.staff_chars_min : policy.data.value.student_chars_min);
  const changing = useDeed(async () => {
    await session.changePassword(before.value, next.value);
    before.value = next.value = '';
    say(devices.passwordChanged);
  });
  return (
    <Card title={devices.password}>
      <Form label={devices.password} error={changing.error.value} fields={['current_password', 'new_password']} onSubmit={() => { void changing.run(); }}>
        <input type="text" hidden autocomplete="username" value={me.value?.username} readOnly />
        <Field label={devices.current} type="password" autocomplete="current-password" value={before} error={changing.of('current_password') && devices.wrongPassword} />
        <Field label={devices.next} type="password" autocomplete="new-password" hint={least === undefined ? undefined : devices.least(least)} value={next} error={changing.of('new_password')} />
        <p class="hint">{devices.passwordMeans}</p>
        <div class="actions"><Button type="submit" busy={changing.busy.value} disabled={before.value === '' || next.value === ''}>{devices.change}</Button></div>
      </Form>
    </Card>
  );
}

export default function Devices() {
  return (
    <Page title={t().shell.nav.devices}>
      <Sessions />
      <Password />
      {has('teacher') || has('administrator') ? <SecondFactor /> : null}
      <Identities />
    </Page>
  );
}
