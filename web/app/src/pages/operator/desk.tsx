// What stands around every page of operators: the token comes first.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Button, Field, Form, useDeed } from '../../kit/form.js';
import { Page } from '../../kit/page.js';
import { Said } from '../../kit/said.js';
import { forget, isDesk, token } from '../../shell/token.js';
import { t } from '../../text/index.js';
import { ended, enter } from './operator.js';
import '../../style/operator.css';

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
  useEffect(() => () => { queueMicrotask(() => { if (!isDesk(location.pathname)) forget(); }); }, []);
  if (token.value === null) return <Enter />;
  return <Page title={title} actions={actions} above={above} wide>{children}</Page>;
}
