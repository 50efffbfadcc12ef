// What stands around every page of operators: the token first, then the way from one to the next.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import { useEffect } from 'preact/hooks';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Page } from '../../kit/page.js';
import { Said } from '../../kit/said.js';
import { t } from '../../text/index.js';
import { ended, enter, forget, token } from './operator.js';
import '../../style/operator.css';

const places = ['overview', 'tenants', 'deadLetters', 'storms', 'outages', 'keys', 'book'] as const;
const addresses: Record<(typeof places)[number], string> = {
  overview: '/app/operator', tenants: '/app/operator/tenants', deadLetters: '/app/operator/dead-letters', storms: '/app/operator/storms', outages: '/app/operator/outages', keys: '/app/operator/keys',
  book: '/app/operator/book',
};

function Enter() {
  const { operator } = t(), given = useSignal('');
  const entering = useDeed(async () => {
    await enter(given.value.trim());
    given.value = '';
  });
  return (
    <Page title={operator.enter.title}>
      <div class="card narrow">
        {ended.value ? <Said kind="bad">{operator.enter.ended}</Said> : null}
        <Form label={operator.enter.title} onSubmit={() => { void entering.run(); }} error={entering.error.value?.status === 401 ? undefined : entering.error.value}>
          <Field label={operator.enter.token} hint={operator.enter.hint} value={given} type="password" autocomplete="off" autocapitalize="none" spellcheck={false} required
            error={entering.error.value?.status === 401 ? operator.enter.wrong : undefined} />
          <div class="actions"><Button type="submit" busy={entering.busy.value}>{operator.enter.submit}</Button></div>
        </Form>
      </div>
    </Page>
  );
}

interface DeskOptions { title: string; actions?: ComponentChildren; above?: ComponentChildren; children: ComponentChildren }
export function Desk({ title, actions, above, children }: DeskOptions) {
  const { operator } = t(), { path } = useLocation();
  useEffect(() => () => { queueMicrotask(() => { if (!/^\/app\/operator(\/|$)/.test(location.pathname)) forget(); }); }, []);
  if (token.value === null) return <Enter />;
  return (
    <>
      <nav class="places" aria-label={operator.places.label}>
        <ul>
          {places.map((place) => {
            const to = addresses[place];
            return <li key={place}><a href={to} aria-current={path === to || (place !== 'overview' && path.startsWith(`${to}/`)) ? 'page' : undefined}>{operator.places[place]}</a></li>;
          })}
        </ul>
        <Button quiet onPress={forget}>{operator.leave}</Button>
      </nav>
      <Page title={title} actions={actions} above={above} wide>{children}</Page>
    </>
  );
}
