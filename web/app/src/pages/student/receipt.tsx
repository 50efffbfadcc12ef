// A receipt to keep: what it proves, checked on this device.
import { verifyReceipt, type schemas, type Step } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { handedIn } from '../../api.js';
import { Button } from '../../kit/form.js';
import { Card, Page } from '../../kit/page.js';
import { useResource } from '../../kit/resource.js';
import { Fault, Known, Said } from '../../kit/said.js';
import { saveAs } from '../../kit/save.js';
import { Instant } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';
import '../../style/student.css';

type Submission = schemas.ReceivedSubmission | schemas.SubmissionInFull;
type Receipt = schemas.Receipt;

/** The bytes that the receipt is of, where they are known here; a structured one's form is the server's. */
function contentOf(of: object | undefined): Uint8Array | null {
  const { text, declaration } = (of ?? {}) as { text?: string; declaration?: string };
  const known = text ?? declaration;
  return known === undefined ? null : new TextEncoder().encode(known);
}

function Checked({ receipt, keys, content }: { receipt: Receipt; keys: unknown; content: Uint8Array | null }) {
  const { receipt: texts } = t().student;
  const found = useSignal<{ holds: boolean | undefined; steps: Step[] } | undefined>(undefined);
  useEffect(() => { void verifyReceipt(receipt, JSON.stringify(keys), content).then((result) => { found.value = result; }); }, [receipt, keys, content?.length]);
  if (!found.value) return <p class="waiting">{texts.checking}</p>;
  const { holds, steps } = found.value;
  return (
    <>
      <Said kind={holds ? 'good' : holds === false ? 'bad' : 'note'}><p class="headline">{holds ? texts.holds : holds === false ? texts.fails : texts.unknown}</p></Said>
      <ul class="checks">
        {steps.filter(({ step }) => step in texts.steps).map(({ step, state }) => (
          <li key={step} class={state}><span class="chip-state">{texts.state[state]}</span> {texts.steps[step as keyof typeof texts.steps]}</li>
        ))}
      </ul>
    </>
  );
}

function Proof({ receipt }: { receipt: Receipt }) {
  const { receipt: texts, rules } = t().student;
  return (
    <dl class="facts">
      <dt>{texts.receivedAt}</dt><dd><strong><Instant at={receipt.received_at} seconds /></strong> <span class="dim" data-varies="">{receipt.received_at}</span></dd>
      <dt>{texts.clock}</dt><dd data-varies="">{receipt.clock === 'synchronised' ? texts.clockGood(receipt.clock_error_ms === undefined ? undefined : numberText(receipt.clock_error_ms)) : texts.clockUnknown}</dd>
      <dt>{texts.what}</dt><dd>{rules.kinds[receipt.kind]}, {texts.bytes(receipt.content_bytes)}</dd>
      <dt>{texts.hash}</dt><dd><code data-varies="">{receipt.content_sha256}</code></dd>
      <dt>{texts.durability}</dt><dd>{texts.durabilities[receipt.head.durability]}</dd>
      <dt>{texts.number}</dt><dd><code data-varies="">{receipt.submission_id}</code></dd>
    </dl>
  );
}

export default function ReceiptPage({ id = '' }: Record<string, string>) {
  const { receipt: texts } = t().student;
  const entry = handedIn.value.find(({ submission_id }) => submission_id === id);
  const submission = useResource<Submission>(`/v1/submissions/${id}`);
  const keys = useResource<unknown>('/.well-known/receipt-keys.json');
  const receipt = submission.data.value?.receipt ?? (entry?.receipt as Receipt | undefined);
  const assignment = useResource<schemas.Assignment>(receipt ? `/v1/assignments/${receipt.assignment_id}` : null);
  if (!receipt)
    return <Page title={texts.title}>{submission.error.value ? <Fault error={submission.error.value} onRetry={() => { void submission.reload(); }} /> : <p class="waiting">{t().shell.loading}</p>}</Page>;
  return (
    <Page title={texts.title} above={<p class="crumb"><a href={`/app/assignments/${receipt.assignment_id}`}><Known value={assignment.data.value?.title} /></a></p>}>
      <p>{texts.means}</p>
      <Card title={texts.check}>
        {keys.data.value === undefined ? (keys.error.value ? <Fault error={keys.error.value} onRetry={() => { void keys.reload(); }} /> : <p class="waiting">{texts.checking}</p>)
          : <Checked receipt={receipt} keys={keys.data.value} content={contentOf(submission.data.value) ?? contentOf(entry?.work)} />}
      </Card>
      <Card title={texts.proves}><Proof receipt={receipt} /></Card>
      <p class="no-print">{texts.keep}</p>
      <div class="actions no-print">
        <Button onPress={() => saveAs(`receipt-${receipt.submission_id}.json`, `${JSON.stringify(receipt, null, 1)}\n`)}>{texts.save}</Button>
        <Button quiet onPress={() => print()}>{texts.print}</Button>
        <a class="button quiet" href="/verify">{texts.elsewhere}</a>
      </div>
    </Page>
  );
}
