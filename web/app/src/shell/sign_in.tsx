// Signing in, with the waiting room of a storm: the place is kept and told, and tried again by itself.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { schemas, SecondFactor, Waiting } from '@bellwether/client';
import { ApiError, ended, session, transport } from '../api.js';
import { Button, Check, Field, Form, useDeed } from '../kit/form.js';
import { Page } from '../kit/page.js';
import { Fault, Said } from '../kit/said.js';
import { t } from '../text/index.js';
import { WaitingRoom } from './patience.js';
import { SecondFactorForm } from './second_factor.js';

/** There and back: the session is in cookies then, and `arrived` says so (api.ts). */
function wayTo(start: string, shared: boolean): string {
  const back = /^\/app\/[\w~/-]*$/.test(location.pathname) ? location.pathname : '/app/today';
  return `${start}?${new URLSearchParams({ mode: 'cookie', return_to: `${back}?arrived=1`, ...(shared && { shared_device: 'true' }) })}`;
}

export function SignIn() {
  const { signIn } = t().shell;
  const username = useSignal(''), password = useSignal(''), shared = useSignal(false);
  const waiting = useSignal<Waiting | undefined>(undefined), factor = useSignal<SecondFactor | undefined>(undefined);
  const methods = useSignal<schemas.SignInMethods | undefined>(undefined), nowhere = useSignal(false);
  const stop = useRef<AbortController>(undefined);

  useEffect(() => {
    transport.send({ method: 'GET', path: '/v1/sign-in-methods' }).then(({ body }) => { methods.value = body as schemas.SignInMethods; },
      (error: unknown) => { nowhere.value = error instanceof ApiError && error.status === 404; });
  }, []);

  const entering = useDeed(async () => {
    stop.current = new AbortController();
    try {
      await session.signIn(username.value.trim(), password.value, {
        sharedDevice: shared.value, signal: stop.current.signal, onWaiting: (told) => { waiting.value = told; },
      });
      password.value = '';
    } catch (error) {
      if (error instanceof ApiError && error.problem?.second_factor) factor.value = error.problem.second_factor;
      else if (error !== stop.current.signal.reason) throw error;
    } finally { waiting.value = undefined; }
  });

  if (nowhere.value) return <Page title={signIn.nowhere}><p>{signIn.nowhereHint}</p><p class="dim">{location.host}</p><p><a href="/app/operator">{signIn.operators}</a></p></Page>;
  if (factor.value) return <SecondFactorForm factor={factor.value} onBack={() => { factor.value = undefined; }} />;
  const error = entering.error.value;
  return (
    <Page title={signIn.title}>
      {ended.value ? <Said>{signIn.ended}</Said> : null}
      {methods.value?.password === false ? null : (
        <div class="card narrow">
          <Form label={signIn.title} onSubmit={() => { void entering.run(); }}>
            <Field label={signIn.username} name="username" value={username} autocomplete="username" autocapitalize="none" spellcheck={false} required />
            <Field label={signIn.password} name="password" value={password} type="password" autocomplete="current-password" required />
            <Check label={signIn.shared} hint={signIn.sharedHint} value={shared} />
            {error ? (error.status === 401 ? <Said kind="bad">{signIn.wrong}</Said>
              : error.code === 'sign_in_delayed' ? <Said kind="bad">{signIn.delayed((error.retryAfterMs ?? 0) / 1000)}</Said> : <Fault error={error} />) : null}
            {waiting.value ? <WaitingRoom waiting={waiting.value} onStop={() => stop.current?.abort()} /> : null}
            <div class="actions"><Button type="submit" busy={entering.busy.value}>{entering.busy.value ? signIn.busy : signIn.submit}</Button></div>
          </Form>
          <p><a href="/app/forgot">{signIn.forgot}</a></p>
        </div>
      )}
      {methods.value && methods.value.data.length > 0 ? (
        <ul class="providers">{methods.value.data.map(({ provider_id, name, start }) => <li key={provider_id}><a class="button quiet" href={wayTo(start, shared.value)}>{signIn.withProvider(name)}</a></li>)}</ul>
      ) : null}
    </Page>
  );
}
