// Choosing files and handing them in, and how far those on their way are.
import type { Entry, FileView, schemas } from '@bellwether/client';
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ApiError } from '../../api.js';
import { fileViews, files } from '../../files.js';
import { Button, useDeed } from '../../kit/form.js';
import { figureText, limitText } from '../../kit/figure.js';
import { Fault, Said } from '../../kit/said.js';
import { Instant } from '../../kit/time.js';
import { numberText, t } from '../../text/index.js';

type Assignment = schemas.Assignment;

export const sizeText = (bytes: number): string => figureText(bytes, 'bytes');

/** What the device cannot keep, in the reader's language. */
function inWords(error: unknown): unknown {
  const { faults } = t().student.files;
  const own = error instanceof ApiError && error.status === 0 && error.code in faults ? faults[error.code as keyof typeof faults] : undefined;
  return own === undefined ? error : new ApiError(507, (error as ApiError).code, own, false);
}

/** As the form says it, of an assignment that is only looked at. */
export function ToChoose({ assignment: { files_limit, file_bytes_limit } }: { assignment: Assignment }) {
  const { files: texts } = t().student;
  return <p>{texts.choose(files_limit)}. <span class="hint">{texts.limits(limitText(file_bytes_limit))}</span></p>;
}

interface FileWorkOptions { assignment: Assignment; late: boolean; onHandedIn: () => void; onCancel?: (() => void) | undefined }
export function FileWorkForm({ assignment, late, onHandedIn, onCancel }: FileWorkOptions) {
  const { work, files: texts } = t().student, id = useId(), { files_limit, file_bytes_limit } = assignment;
  const chosen = useSignal<readonly File[]>([]), nothing = useSignal(false);
  const handing = useDeed(async () => {
    try { await (await files()).add(assignment.assignment_id, chosen.peek()); } catch (error) { throw inWords(error); }
    onHandedIn();
  });
  const tooMany = chosen.value.length > files_limit, large = chosen.value.filter(({ size }) => size > file_bytes_limit), wrong = tooMany || large.length > 0;
  const without = (one: File) => { chosen.value = chosen.peek().filter((other) => other !== one); };
  return (
    <form class="form" aria-label={work.title} noValidate onSubmit={(event) => {
      event.preventDefault();
      nothing.value = chosen.value.length === 0;
      if (!nothing.value && !wrong) void handing.run();
    }}>
      <div class="field">
        <label for={id}>{texts.choose(files_limit)}</label>
        <p class="hint" id={`${id}-hint`}>{texts.limits(limitText(file_bytes_limit))}</p>
        <input id={id} type="file" multiple={files_limit > 1} aria-describedby={`${id}-hint`} onChange={(event) => {
          chosen.value = [...(files_limit > 1 ? chosen.peek() : []), ...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          nothing.value = false;
        }} />
      </div>
      {chosen.value.length > 0 ? (
        <ul class="files">
          {chosen.value.map((one, at) => (
            <li key={`${at} ${one.name}`}><span dir="auto">{one.name}</span> <span class="dim">{sizeText(one.size)}</span>{' '}
              {one.size > file_bytes_limit ? <span class="field-error">{texts.tooLarge}</span> : null}
              <button type="button" class="link" aria-label={texts.removeThis(one.name)} onClick={() => without(one)}>{texts.remove}</button>
            </li>
          ))}
        </ul>
      ) : null}
      {tooMany ? <Said kind="bad">{texts.tooMany(files_limit)}</Said> : null}
      {nothing.value ? <Said kind="bad">{work.nothing}</Said> : null}
      <p class="hint">{texts.how}</p>
      {late ? <Said kind="bad">{work.late}</Said> : null}
      {assignment.attempts_left === 1 ? <p>{work.lastAttempt}</p> : null}
      {handing.error.value ? <Fault error={handing.error.value} /> : null}
      <div class="actions">
        <Button type="submit" busy={handing.busy.value} disabled={wrong}>{late ? work.handInLate : work.handIn}</Button>
        {onCancel ? <Button quiet onPress={onCancel}>{t().shell.cancel}</Button> : null}
      </div>
    </form>
  );
}

function Going({ file, received }: { file: FileView; received: boolean }) {
  const { files: texts } = t().student, percent = Math.floor((100 * file.sent) / file.size);
  const said = file.late ? texts.late : file.state === 'bound' ? texts.there : file.state === 'refused' ? texts.refused : file.state === 'uploaded' ? texts.checked
    : !received ? texts.waits : file.reason ? texts.again : texts.going(numberText(percent));
  return (
    <li>
      <span dir="auto">{file.name}</span> <span class="dim">{sizeText(file.size)}</span> <span class="file-said" data-varies={file.state === 'uploading' ? 'sending' : undefined}>{said}</span>
      {file.state === 'uploading' ? <progress aria-label={texts.progress(file.name)} max={file.size} value={file.sent} /> : null}
      {file.upload_until && file.state !== 'bound' ? <p class="dim small">{texts.until} <Instant at={file.upload_until} /></p> : null}
    </li>
  );
}

/** Those of one entry, while any of them is on its way from here. */
export function FilesGoing({ entry }: { entry: Entry }) {
  const { files: texts } = t().student, views = fileViews.value.filter((file) => file.entry === entry.key);
  if (!('files' in entry.work)) return null;
  return (
    <>
      {entry.files_bound ? <p>{texts.allThere}</p> : <p class="waiting">{entry.state === 'kept' ? texts.hashing : texts.sending}</p>}
      {views.length > 0 ? <ul class="files">{views.map((file) => <Going key={file.key} file={file} received={entry.state !== 'kept'} />)}</ul>
        : <ul class="files">{entry.work.files.map(({ name, size }) => <li key={name}><span dir="auto">{name}</span> <span class="dim">{sizeText(size)}</span></li>)}</ul>}
    </>
  );
}
