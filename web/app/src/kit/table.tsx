// A table of however many rows: those in sight, and a few around them, are in the document. Rows have one line, and one height; where the screen is
// narrow, a short table's are cards, and a long one's deeds stay in sight (style/kit.css).
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { language, numberText, t } from '../text/index.js';
import { Meaning } from './figure.js';
import { Empty } from './said.js';

type Key = string | number | null | undefined;
export interface Column<Row> {
  id: string;
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** What it is sorted by; what is missing comes last, either way. */
  by?: (row: Row) => Key;
  /** In rem; 8 unless said. What is left over is shared out by it. */
  width?: number;
  /** Goes on in the next line, in a table that is shown whole. */
  wrap?: boolean;
  /** Numbers stand under each other. */
  number?: boolean;
  /** What is in it, on demand. */
  meaning?: ComponentChildren;
}
interface TableOptions<Row> {
  /** What the table is of. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  empty?: ComponentChildren;
}

const windowedFrom = 100, around = 10, step = 5;

/** As whoever reads sorts words; equal ones stay as they came. */
function sorted<Row>(rows: readonly Row[], by: (row: Row) => Key, down: boolean): Row[] {
  const { compare } = new Intl.Collator(language.peek());
  const keyed = rows.map((row, place) => ({ row, place, key: by(row) }));
  const there = keyed.filter(({ key }) => key !== null && key !== undefined), missing = keyed.filter(({ key }) => key === null || key === undefined);
  const sign = down ? -1 : 1;
  there.sort((a, b) => sign * (typeof a.key === 'number' ? a.key - (b.key as number) : compare(a.key as string, b.key as string)) || a.place - b.place);
  return [...there, ...missing].map(({ row }) => row);
}

/** On paper all rows are there. What this sets is drawn before the browser lays its pages out. */
export function usePrinting(): boolean {
  const [printing, set] = useState(() => matchMedia('print').matches);
  useEffect(() => {
    const paper = matchMedia('print'), changed = () => { set(paper.matches); };
    paper.addEventListener('change', changed);
    return () => { paper.removeEventListener('change', changed); };
  }, []);
  return printing;
}

/** Which rows are in sight of `scroller`; all of a short table. */
function useWindow(count: number, scroller: RefObject<HTMLDivElement | null>, body: RefObject<HTMLTableSectionElement | null>) {
  const printing = usePrinting(), windowed = count > windowedFrom && !printing;
  const [top, setTop] = useState(0), [rowHeight, setRowHeight] = useState(44), [shown, setShown] = useState(30);
  const first = windowed ? Math.max(0, Math.min(top, count - shown)) : 0, end = windowed ? Math.min(count, first + shown + 2 * around) : count;

  useEffect(() => {
    const element = scroller.current;
    if (!element || !windowed) return;
    const look = () => {
      const height = body.current?.querySelector('tr[aria-rowindex]')?.getBoundingClientRect().height;
      if (height) setRowHeight(height);
      const from = Math.max(0, Math.floor((element.scrollTop / rowHeight - around) / step) * step), fit = Math.ceil(element.clientHeight / rowHeight) + step;
      // A row that goes out of sight leaves the keyboard at the table, not at the start of the page.
      const at = body.current?.contains(document.activeElement) ? Number(document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')) - 2 : undefined;
      if (at !== undefined && (at < from || at >= from + fit + 2 * around)) element.focus({ preventScroll: true });
      setTop(from);
      setShown(fit);
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const sized = new ResizeObserver(look);
    sized.observe(element);
    return () => { element.removeEventListener('scroll', look); sized.disconnect(); };
  }, [windowed, rowHeight]);
  return { windowed, first, end, rowHeight };
}

/** The rows that are not in the document, as high as they would be. */
function Space({ rows, rowHeight, columns }: { rows: number; rowHeight: number; columns: number }) {
  const cell = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => { if (cell.current) cell.current.style.height = `${rows * rowHeight}px`; });
  return rows > 0 ? <tr aria-hidden="true" class="space"><td ref={cell} colSpan={columns} /></tr> : null;
}

const steps: Record<string, (at: number, page: number, count: number) => number> = {
  ArrowDown: (at) => at + 1, ArrowUp: (at) => at - 1, PageDown: (at, page) => at + page, PageUp: (at, page) => at - page,
  Home: () => 0, End: (_, __, count) => count - 1,
};

export function Table<Row>({ label, rows, columns, rowKey, empty }: TableOptions<Row>) {
  const scroller = useRef<HTMLDivElement>(null), body = useRef<HTMLTableSectionElement>(null), table = useRef<HTMLTableElement>(null);
  const [sort, setSort] = useState<{ id: string; down: boolean } | undefined>(undefined);
  const by = columns.find(({ id }) => id === sort?.id)?.by;
  const ordered = useMemo(() => (by && sort ? sorted(rows, by, sort.down) : rows), [rows, sort]);
  const { windowed, first, end, rowHeight } = useWindow(ordered.length, scroller, body);
  const wanted = useRef<number | undefined>(undefined); // the row that the keyboard goes to when it is there

  const widths = columns.map(({ width = 8 }) => width).join();
  useLayoutEffect(() => {
    const sum = columns.reduce((all, { width = 8 }) => all + width, 0);
    if (table.current) table.current.style.minWidth = `${sum}rem`;
    table.current?.querySelectorAll('col').forEach((col, i) => { col.style.width = `${(100 * (columns[i]?.width ?? 8)) / sum}%`; });
  }, [widths, rows.length === 0]);

  const rowAt = (index: number) => body.current?.querySelector(`tr[aria-rowindex="${index + 2}"]`);
  const focusIn = (index: number) => {
    const target = rowAt(index)?.querySelector<HTMLElement>('a, button, input');
    target?.focus({ preventScroll: true });
    return target !== undefined && target !== null;
  };
  useLayoutEffect(() => {
    if (wanted.current !== undefined && focusIn(wanted.current)) wanted.current = undefined;
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest('tr'), move = steps[event.key];
    if (!row || !move || event.ctrlKey || event.altKey || event.metaKey || (event.target as HTMLElement).matches('input, select, textarea')) return;
    const element = scroller.current, page = Math.max(1, Math.floor((element?.clientHeight ?? 0) / rowHeight) - 1);
    const to = Math.max(0, Math.min(ordered.length - 1, move(Number(row.getAttribute('aria-rowindex')) - 2, page, ordered.length)));
    event.preventDefault();
    if (element && windowed) {
      const head = table.current?.tHead?.offsetHeight ?? 0, above = to * rowHeight, room = element.clientHeight - head;
      if (above < element.scrollTop) element.scrollTop = above;
      else if (above + rowHeight > element.scrollTop + room) element.scrollTop = above + rowHeight - room;
    }
    wanted.current = focusIn(to) ? undefined : to;
    if (!windowed) rowAt(to)?.scrollIntoView({ block: 'nearest' });
  };

  const press = (id: string) => { setSort(sort?.id !== id ? { id, down: false } : sort.down ? undefined : { id, down: true }); if (scroller.current) scroller.current.scrollTop = 0; };
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  return (
    <>
      <div ref={scroller} class={`table-wrap ${windowed ? 'windowed' : ''}`} role="region" aria-label={label} tabIndex={0}>
        <table ref={table} class={`rows ${windowed ? '' : 'cards'}`} aria-label={label} aria-rowcount={ordered.length + 1} aria-colcount={columns.length}>
          <colgroup>{columns.map(({ id }) => <col key={id} />)}</colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map(({ id, title, by: sortable, number, meaning }) => (
                <th key={id} scope="col" class={number ? 'number' : ''} aria-sort={sort?.id === id ? (sort.down ? 'descending' : 'ascending') : undefined}>
                  {sortable ? <button type="button" class="sort" onClick={() => press(id)}>{title}</button> : <span class="head">{title}</span>}
                  {meaning === undefined ? null : <> <Meaning of={title}>{meaning}</Meaning></>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={onKeyDown}>
            <Space rows={first} rowHeight={rowHeight} columns={columns.length} />
            {ordered.slice(first, end).map((row, i) => (
              <tr key={rowKey(row)} aria-rowindex={first + i + 2}>
                {columns.map(({ id, title, cell, number, wrap }) => <td key={id} data-label={title} class={number ? 'number' : wrap && !windowed ? 'wrap' : ''}>{cell(row)}</td>)}
              </tr>
            ))}
            <Space rows={ordered.length - end} rowHeight={rowHeight} columns={columns.length} />
          </tbody>
        </table>
      </div>
      {windowed ? <p class="dim small">{t().shell.table.rows(rows.length, numberText(rows.length))}</p> : null}
    </>
  );
}
