// Asking for a report as a file.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Dialog } from '../../kit/dialog.js';
import { Button, Choice, Form, useDeed } from '../../kit/form.js';
import { t } from '../../text/index.js';
import { askExport, type ReportExport } from './export_watch.js';

export function Export({ report, given, onClose }: { report: string; given: Record<string, string>; onClose: () => void }) {
  const { reports: { exports: words }, shell } = t(), format = useSignal<ReportExport['format']>('xlsx'), when = useSignal<ReportExport['when']>('now'), asked = useSignal(false);
  const key = useMemo(() => crypto.randomUUID(), [format.value, when.value]); // pressed twice, it is one export
  const asking = useDeed(async () => { await askExport({ report, arguments: given, format: format.value, when: when.value }, key); asked.value = true; });
  if (asked.value)
    return (
      <Dialog title={words.exportTitle} onClose={onClose}>
        <p role="status">{when.value === 'now' ? words.asked : words.askedQuiet}</p>
        <div class="actions"><a class="button" href="/app/reports/exports">{words.mine}</a><Button quiet onPress={onClose}>{shell.close}</Button></div>
      </Dialog>
    );
  return (
    <Dialog title={words.exportTitle} onClose={onClose}>
      <Form label={words.exportTitle} onSubmit={() => { void asking.run(); }} error={asking.error.value}>
        <Choice label={words.format} value={format} options={[['xlsx', words.formats.xlsx], ['csv', words.formats.csv], ['parquet', words.formats.parquet]]} />
        <Choice label={words.when} value={when} options={[['now', words.now], ['quiet', words.quiet]]} hint={words.quietHint} />
        <div class="actions"><Button type="submit" busy={asking.busy.value}>{words.ask}</Button><Button quiet onPress={onClose}>{shell.cancel}</Button></div>
      </Form>
    </Dialog>
  );
}
