// What operators did, the newest first.
import { useMemo } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Listed, useList } from '../../kit/list.js';
import { Table, type Column } from '../../kit/table.js';
import { Instant } from '../../kit/time.js';
import { language, t } from '../../text/index.js';
import { Desk } from './desk.js';
import { operator } from './operator.js';

type Event = schemas.OperatorEventPage['data'][number];

export default function BookPage() {
  const { places, book } = t().operator, list = useList<Event>('/v1/operator/events?limit=500', operator);
  const columns = useMemo<Column<Event>[]>(() => [
    { id: 'at', title: book.at, width: 13, by: ({ at }) => at, cell: ({ at }) => <Instant at={at} /> },
    { id: 'action', title: book.action, width: 14, by: ({ action }) => action, cell: ({ action }) => <code>{action}</code> },
    { id: 'actor', title: book.actor, width: 13, by: ({ actor }) => actor, cell: ({ actor }) => <span data-varies="actor">{actor}</span> },
    { id: 'subject', title: book.subject, width: 14, by: ({ subject }) => subject, cell: ({ subject }) => (
      subject.startsWith('ten_') ? <a href={`/app/operator/tenants/${subject}`} data-varies="subject">{subject}</a> : <span data-varies="subject">{subject}</span>) },
    { id: 'details', title: book.details, width: 20, cell: ({ details }) => <code data-varies="details">{JSON.stringify(details)}</code> },
  ], [language.value]);
  return (
    <Desk title={places.book}>
      <p>{book.hint}</p>
      <Listed from={list}>{(rows) => <Table label={places.book} rows={rows} columns={columns} rowKey={({ at, action, subject }) => `${at} ${action} ${subject}`} />}</Listed>
    </Desk>
  );
}
