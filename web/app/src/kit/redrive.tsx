// Dead letters brought back: first what would happen, then, at the rate that was chosen, that it does.
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { schemas } from '@bellwether/client';
import { numberText, t } from '../text/index.js';
import { Dialog } from './dialog.js';
import { Button, Field, Form, useDeed } from './form.js';
import { Said } from './said.js';
import { spanText } from './time.js';
import { say } from './toast.js';

interface RedriveOptions {
  /** Which: what it is and how it is asked for. */
  children: ComponentChildren;
  kind: string;
  error: string;
  send: (body: schemas.NewRedrive) => Promise<schemas.Redrive>;
  onDone: () => void;
  onClose: () => void;
}

const wantedOf = (kind: string, begins: Signal<string>, limit: Signal<string>, rate: Signal<string>) => ({
  kind, ...(begins.value !== '' && { error_begins_with: begins.value }), limit: Number(limit.value), ...(rate.value !== '' && { per_second: Number(rate.value) }),
});

export function Redrive({ children, kind, error, send, onDone, onClose }: RedriveOptions) {
  const { redrive } = t().shell;
  const begins = useSignal(error.slice(0, 200)), limit = useSignal('1000'), rate = useSignal('10');
  const wanted = wantedOf(kind, begins, limit, rate), told = useSignal<{ of: string; what: schemas.Redrive } | undefined>(undefined);
  const asking = useDeed(async () => { told.value = { of: JSON.stringify(wanted), what: await send({ ...wanted, dry_run: true }) }; });
  const driving = useDeed(async () => {
    const { count, over_seconds } = await send({ ...wanted, dry_run: false });
    say(redrive.done(count, numberText(count), spanText(over_seconds * 1000)));
    onDone();
  });
  const what = told.value?.of === JSON.stringify(wanted) ? told.value.what : undefined; // of what stands in the fields now
  const failed = asking.error.value ?? driving.error.value;
  return (
    <Dialog title={redrive.title} onClose={onClose}>
      {children}
      <Form label={redrive.title} onSubmit={() => { void asking.run(); }} error={failed} fields={['error_begins_with', 'limit', 'per_second']}>
        <Field label={redrive.begins} hint={redrive.beginsHint} value={begins} spellcheck={false} error={asking.of('error_begins_with')} />
        <div class="filters">
          <Field label={redrive.limit} type="number" min={1} max={10_000} value={limit} error={asking.of('limit')} />
          <Field label={redrive.rate} type="number" min={1} value={rate} error={asking.of('per_second')} />
        </div>
        {what ? (
          <Said>
            <p><strong>{redrive.would(what.count, numberText(what.count), spanText(what.over_seconds * 1000))}</strong></p>
            <p>{redrive.stay(what.left, numberText(what.left))} {redrive.nothingYet}</p>
          </Said>
        ) : null}
        <div class="actions">
          <Button type="submit" quiet={what !== undefined} busy={asking.busy.value}>{redrive.ask}</Button>
          {what && what.count > 0 ? <Button busy={driving.busy.value} onPress={() => { void driving.run(); }}>{redrive.go(what.count, numberText(what.count))}</Button> : null}
          <Button quiet onPress={onClose}>{t().shell.cancel}</Button>
        </div>
      </Form>
    </Dialog>
  );
}
