// Files, links and videos on a section's page: put up, published, put in order, taken off.
import type { schemas } from '@bellwether/client';
import { useSignal, type Signal } from '@preact/signals';
import { api } from '../../api.js';
import { Area, Button, Check, Choice, Field, Form, useDeed } from '../../kit/form.js';
import { ConfirmByName } from '../../kit/dialog.js';
import { Markdown } from '../../kit/markdown.js';
import { bytesText } from '../../kit/figure.js';
import { Card } from '../../kit/page.js';
import { Empty, Fault } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { say } from '../../kit/toast.js';
import { uploadFile } from '../../kit/upload.js';
import { isStale, TwoVersions } from '../../kit/version.js';
import { t } from '../../text/index.js';
import { etagOf, fieldOf, instantOf } from './data.js';

type Material = schemas.Material;
const one = '/v1/materials/{material_id}';
const patch = ({ material_id, version }: Pick<Material, 'material_id' | 'version'>, body: schemas.MaterialChange) =>
  api.patch(one, { path: { material_id }, ifMatch: etagOf(version), body });

function FileChoice({ label, file }: { label: string; file: Signal<File | undefined> }) {
  return <label class="file-choice">{label}<input type="file" onChange={(event) => { file.value = event.currentTarget.files?.[0]; }} /></label>;
}

function Add({ section, onDone, onClose }: { section: string; onDone: () => void; onClose: () => void }) {
  const { materials } = t().teacher;
  const kind = useSignal<'link' | 'file' | 'video'>('link'), title = useSignal(''), text = useSignal(''), url = useSignal(''), from = useSignal('');
  const published = useSignal(true), file = useSignal<File | undefined>(undefined), sent = useSignal<number | undefined>(undefined);
  const adding = useDeed(async () => {
    const chosen = kind.value === 'link' ? undefined : file.value;
    const put = chosen ? { upload_id: await uploadFile(chosen, (bytes) => { sent.value = bytes / Math.max(1, chosen.size); }) } : { url: url.value.trim() };
    await api.post('/v1/sections/{section_id}/materials', { path: { section_id: section }, body: {
      kind: kind.value, title: title.value.trim() || file.value?.name || '', text: text.value, ...put, published: published.value, visible_from: instantOf(from.value) ?? null } });
    say(materials.added);
    onDone();
  });
  return (
    <Form label={materials.add} onSubmit={() => { void adding.run().then(() => { sent.value = undefined; }); }} error={adding.error.value} fields={['title', 'url', 'text']}>
      <Choice label={materials.kind} value={kind} options={[['link', materials.link], ['file', materials.file], ['video', materials.video]]} />
      <Field label={materials.name} value={title} maxLength={200} error={adding.of('title')} />
      {kind.value === 'link' ? null : <FileChoice label={materials.choose} file={file} />}
      {kind.value === 'file' || file.value ? null : <Field label={kind.value === 'video' ? materials.orUrl : materials.url} value={url} type="url" hint={materials.https} error={adding.of('url')} />}
      <Area label={materials.text} hint={t().teacher.announcements.markdown} rows={3} value={text} error={adding.of('text')} />
      <Check label={materials.publishNow} value={published} />
      <Field label={materials.visibleFrom} type="datetime-local" value={from} />
      {sent.value === undefined ? null : <progress value={sent.value} max={1} aria-label={materials.sending} />}
      <div class="actions"><Button type="submit" busy={adding.busy.value}>{materials.add}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
    </Form>
  );
}

function Change({ material, onDone, onClose }: { material: Material; onDone: () => void; onClose: () => void }) {
  const { materials } = t().teacher;
  const title = useSignal(material.title), text = useSignal(material.text), url = useSignal(material.url ?? ''), from = useSignal(fieldOf(material.visible_from));
  const version = useSignal(material.version), stands = useSignal<Material | undefined>(undefined);
  const changing = useDeed(async () => {
    stands.value = undefined;
    try {
      await patch({ material_id: material.material_id, version: version.value }, { title: title.value.trim(), text: text.value,
        ...(material.url !== null && { url: url.value.trim() }), visible_from: instantOf(from.value) ?? null });
    } catch (error) {
      stands.value = (await api.get(one, { path: { material_id: material.material_id } }).catch(() => undefined))?.body;
      throw error;
    }
    say(t().shell.saved);
    onDone();
  });
  const stale = isStale(changing.error.value) && stands.value;
  return (
    <Form label={materials.change} onSubmit={() => { void changing.run(); }} error={stale ? undefined : changing.error.value} fields={['title', 'url', 'text']}>
      <Field label={materials.name} value={title} maxLength={200} error={changing.of('title')} />
      {material.url === null ? null : <Field label={materials.url} value={url} type="url" hint={materials.https} error={changing.of('url')} />}
      <Area label={materials.text} rows={3} value={text} error={changing.of('text')} />
      <Field label={materials.visibleFrom} type="datetime-local" value={from} />
      {stale ? <TwoVersions rows={[{ name: materials.name, stands: stale.title, mine: title.value }, { name: materials.text, stands: stale.text, mine: text.value }, { name: materials.url, stands: stale.url ?? '', mine: url.value }]}
        onMine={() => { version.value = stale.version; void changing.run(); }} onTheirs={onDone} /> : null}
      <div class="actions"><Button type="submit" busy={changing.busy.value}>{t().shell.save}</Button><Button quiet onPress={onClose}>{t().shell.cancel}</Button></div>
    </Form>
  );
}

/** With the material that it stood before, so that it can be put back there. */
async function takeOff(material: Material, before_id: string | null, onChange: () => void): Promise<void> {
  const { material_id, version, section_id, kind, title, text, url, published, visible_from } = material, { materials } = t().teacher;
  await api.delete(one, { path: { material_id }, ifMatch: etagOf(version) });
  const back = async () => {
    const { body } = await api.post('/v1/sections/{section_id}/materials', { path: { section_id }, body: { kind, title, text, ...(url !== null && { url }), published, visible_from } });
    if (before_id) await patch(body, { before_id });
  };
  say(materials.removed, url === null ? undefined : () => { void back().then(onChange, () => say(t().shell.fault)); });
  onChange();
}

interface Line { material: Material; previous: Material | undefined; next: Material | undefined; afterNext: Material | undefined; onChange: () => void }
function One({ material, previous, next, afterNext, onChange }: Line) {
  const { materials } = t().teacher;
  const edits = useSignal(false), asks = useSignal(false);
  const { title, text, url, file, published, visible_from } = material;
  const here = next?.material_id ?? null; // before which it stands
  const publishing = useDeed(async () => {
    const { body } = await patch(material, { published: !published });
    say(published ? materials.unpublished : materials.published, () => { void patch(body, { published }).then(onChange, () => say(t().shell.fault)); });
    onChange();
  });
  const moving = useDeed(async (before_id: string | null) => {
    const { body } = await patch(material, { before_id });
    say(materials.moved, () => { void patch(body, { before_id: here }).then(onChange, () => say(t().shell.fault)); });
    onChange();
  });
  const removing = useDeed(async () => { await takeOff(material, here, onChange); asks.value = false; });
  const error = publishing.error.value ?? moving.error.value ?? (asks.value ? undefined : removing.error.value);
  const act = (text: string, onPress: () => void, disabled = false) => <Button quiet label={`${text}: ${title}`} disabled={disabled} onPress={onPress}>{text}</Button>;
  if (edits.value) return <li><Change material={material} onDone={() => { edits.value = false; onChange(); }} onClose={() => { edits.value = false; }} /></li>;
  return (
    <li>
      <h3>{url ? <a href={url} rel="noreferrer" target="_blank">{title}</a> : file?.path ? <a href={file.path} download={file.name}>{title}</a> : title}
        {' '}<span class={`chip ${published ? 'good' : ''}`}>{published ? materials.isPublished : materials.isDraft}</span>
        {visible_from ? <span class="dim small"> {materials.from} <Instant at={visible_from} /></span> : null}</h3>
      {file ? <p class="dim small">{file.name}, {bytesText(file.size)}{file.path === null ? `: ${materials.gone}` : ''}</p> : null}
      {text ? <Markdown text={text} /> : null}
      {error ? <Fault error={error} onRetry={onChange} /> : null}
      <div class="actions tight">
        {act(published ? materials.unpublish : materials.publish, () => { void publishing.run(); })}
        {act(materials.up, () => { void moving.run(previous?.material_id ?? null); }, !previous)}
        {act(materials.down, () => { void moving.run(afterNext?.material_id ?? null); }, !next)}
        {act(materials.change, () => { edits.value = true; })}
        {act(materials.remove, () => { if (url === null) asks.value = true; else void removing.run(); })}
      </div>
      {asks.value ? (
        <ConfirmByName title={materials.remove} name={title} deed={materials.remove} busy={removing.busy.value} onConfirm={() => { void removing.run(); }} onClose={() => { asks.value = false; }}>
          <p>{materials.removeHint}</p>
          {removing.error.value ? <Fault error={removing.error.value} /> : null}
        </ConfirmByName>
      ) : null}
    </li>
  );
}

export function Materials({ section, list, onChange }: { section: string; list: Material[]; onChange: () => void }) {
  const { materials } = t().teacher;
  const adds = useSignal(false);
  return (
    <Card title={materials.title} actions={adds.value ? null : <Button onPress={() => { adds.value = true; }}>{materials.add}</Button>}>
      {adds.value ? <Add section={section} onDone={() => { adds.value = false; onChange(); }} onClose={() => { adds.value = false; }} /> : null}
      {list.length === 0 && !adds.value ? <Empty>{materials.none}</Empty> : null}
      <ol class="material-rows">{list.map((material, i) => (
        <One key={material.material_id} material={material} previous={list[i - 1]} next={list[i + 1]} afterNext={list[i + 2]} onChange={onChange} />
      ))}</ol>
    </Card>
  );
}
