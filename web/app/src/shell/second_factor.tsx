// The second half of a sign-in: a code, or first the secret that codes are made of.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { schemas, SecondFactor } from '@bellwether/client';
import { session, transport } from '../api.js';
import { Button, Field, Form, useDeed } from '../kit/form.js';
import { Page } from '../kit/page.js';
import { Fault, Said } from '../kit/said.js';
import { t } from '../text/index.js';
import { Enrolment } from './enrolment.js';
import { codesToKeep } from './recovery.js';

/** `onBack`: the challenge is over, or it is somebody else's turn. */
export function SecondFactorForm({ factor, onBack }: { factor: SecondFactor; onBack: () => void }) {
  const { signIn } = t().shell;
  const code = useSignal(''), secret = useSignal<schemas.SecondFactorEnrolment | undefined>(undefined);
  const enrolling = useDeed(async () => {
    secret.value = (await transport.send({ method: 'POST', path: '/v1/sessions/second-factor/enrolment', body: { challenge: factor.challenge } })).body as schemas.SecondFactorEnrolment;
  });
  useEffect(() => { if (factor.enrolment) void enrolling.run(); }, [factor]);
  const entering = useDeed(async () => { codesToKeep.value = await session.secondFactor(factor.challenge, code.value.trim()); });
  const error = entering.error.value;
  return (
    <Page title={signIn.secondFactor}>
      <div class="card narrow">
        {enrolling.error.value ? <Fault error={enrolling.error.value} onRetry={() => { void enrolling.run(); }} /> : null}
        {secret.value ? <Enrolment secret={secret.value} how={signIn.enrol} /> : null}
        <Form label={signIn.secondFactor} onSubmit={() => { void entering.run(); }} error={error?.status === 401 ? undefined : error} fields={['code']}>
          <Field label={signIn.code} hint={signIn.codeHint} value={code} name="code" autocomplete="one-time-code" inputMode="text" error={entering.of('code')} />
          {error?.status === 401 ? <Said kind="bad">{signIn.wrongCode}</Said> : null}
          <div class="actions"><Button type="submit" busy={entering.busy.value}>{signIn.goOn}</Button><Button quiet onPress={onBack}>{t().shell.back}</Button></div>
        </Form>
      </div>
    </Page>
  );
}
