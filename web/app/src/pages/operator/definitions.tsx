// What the server's document says that its figures mean; in its words, which are English.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { transport } from '../../api.js';
import { t } from '../../text/index.js';

interface Document { components: { schemas: Record<string, { properties?: Record<string, { description?: string }> }> } }
const read = signal<Document | undefined>(undefined);
let reading = false;

async function learn(): Promise<void> {
  if (reading) return;
  reading = true;
  try { read.value = (await transport.send({ method: 'GET', path: '/openapi.json' })).body as Document; } catch { reading = false; }
}

/** A definition with where it stands: `schema`.`name` of the document, and the metric that says the same. */
export function Definition({ schema, name, metric }: { schema: string; name: string; metric?: string | null }) {
  useEffect(() => { void learn(); }, []);
  const { shell, operator } = t(), text = read.value?.components.schemas[schema]?.properties?.[name]?.description;
  return (
    <>
      <p lang={text ? 'en' : undefined}>{text ?? (read.value ? shell.figure.undefined : shell.loading)}</p>
      {metric ? <p>{operator.overview.metric} <code>{metric}</code></p> : null}
      <p><a href={`/docs#schema-${schema}`} target="_blank" rel="noopener">{operator.overview.document}</a></p>
    </>
  );
}
