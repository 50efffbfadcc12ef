// The bell board: when the next bells ring, what was expected and what came, and how much more this process can bear.
import { useSignal, type Signal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import type { schemas } from '@bellwether/client';
import { Button, Choice } from '../../kit/form.js';
import { Card } from '../../kit/page.js';
import { Plot } from '../../kit/plot.js';
import { useResource } from '../../kit/resource.js';
import { faultText, Known, Read, Said } from '../../kit/said.js';
import { Table, type Column } from '../../kit/table.js';
import { Countdown, dayText, Instant, instantText, useNow } from '../../kit/time.js';
import { language, numberText, t } from '../../text/index.js';
import { Definition } from './definitions.js';
import { Desk } from './desk.js';
import { operatorNow } from './operator.js';
import { Walls } from './walls.js';

type Board = schemas.BellBoard;
type Bell = Board['bells'][number];
type Kind = Board['kind'];
type Peaks = schemas.OperatorForecast;

const shownFirst = 12, lateAfterMs = 3 * 60_000;
const share = (value: number | null) => (value === null ? null : numberText(value, { style: 'percent', maximumFractionDigits: 0 }));
const events = (value: number | null | undefined) => (value === null || value === undefined ? null : numberText(value, { maximumFractionDigits: 1 }));

/** Does the forecast hold, and is anybody told of it? */
function State({ of }: { of: Board }) {
  const { board } = t(), { hints } = of, holds = of.made_at !== null && of.valid_until !== null && Date.parse(of.valid_until) > useNow(10_000);
  return (
    <>
      <p>
        <strong>{board.forecast}</strong> <span class={`chip ${holds ? 'good' : 'bad'}`}>{holds ? board.holds : board.stale}</span>{' '}
        {of.made_at && of.valid_until ? <span class="dim small">{board.made} <Instant at={of.made_at} />, {board.until} <Instant at={of.valid_until} /></span> : null}
      </p>
      <p>
        <strong>{board.hint}</strong> <span class={`chip ${hints.made_at ? 'good' : ''}`}>{hints.made_at ? board.hintHolds : board.noHint}</span>{' '}
        <span class="dim small">
          {hints.made_at && hints.valid_until ? <>{board.since} <Instant at={hints.made_at} />, {board.until} <Instant at={hints.valid_until} /></> : board.noHintMeans}
        </span>
      </p>
      {hints.listeners.length > 0 ? <p class="small"><span class="dim">{board.listeners}:</span> {hints.listeners.map((name, i) => <span key={name}>{i > 0 ? ', ' : ''}<code>{name}</code></span>)}</p>
        : <p class="dim small">{board.noListeners}</p>}
      {of.made_at === null ? <Said kind="bad">{board.none}</Said> : null}
    </>
  );
}

function Where({ of }: { of: Bell }) {
  const rest = of.institutions - of.largest.length;
  return (
    <>
      {of.largest.map(({ tenant_id, name }, i) => <span key={tenant_id}>{i > 0 ? ', ' : ''}<a href={`/app/operator/tenants/${tenant_id}`}>{name}</a></span>)}
      {rest > 0 ? <> {t().board.more(rest, numberText(rest))}</> : null}
    </>
  );
}

function Bells({ of }: { of: Board }) {
  const { board } = t(), all = useSignal(false);
  const columns = useMemo<Column<Bell>[]>(() => [
    { id: 'at', title: board.at, width: 11, cell: ({ at }) => <Instant at={at} /> },
    { id: 'in', title: board.begins, width: 10, cell: ({ at }) => <Countdown to={at} /> },
    { id: 'people', title: board.people, number: true, width: 6, by: ({ people }) => people, cell: ({ people }) => numberText(people) },
    { id: 'where', title: board.where, width: 18, wrap: true, cell: (bell) => <Where of={bell} /> },
  ], [language.value]);
  return (
    <Card title={board.next}>
      {of.made_at === null ? <p><Known value={null} /></p> : (
        <>
          <Table label={board.next} rows={all.value ? of.bells : of.bells.slice(0, shownFirst)} columns={columns} rowKey={({ at }) => at} empty={board.noBells} />
          {of.bells.length > shownFirst && !all.value ? <div class="actions"><Button quiet onPress={() => { all.value = true; }}>{board.showAll(numberText(of.bells.length))}</Button></div> : null}
          {all.value && of.further_bells > 0 ? <p class="dim small">{board.further(numberText(of.further_bells))}</p> : null}
          {of.without_timetable > 0 ? <p class="dim">{board.without(of.without_timetable, numberText(of.without_timetable))}</p> : null}
        </>
      )}
    </Card>
  );
}

/** What was expected beside what came, from twelve hours ago to twelve ahead. */
function Minutes({ of }: { of: Board }) {
  const { board } = t();
  const at = useMemo(() => of.minutes.came.map((_, i) => Date.parse(of.from) + i * 60_000), [of]);
  const lines = useMemo(() => {
    const { came, expected, high, low, now_expected } = of.minutes, unit = { text: '' };
    return [{ name: board.came, values: came, unit }, { name: board.expected, values: expected, unit }, { name: board.high, values: high, unit }, { name: board.low, values: low, unit }, { name: board.latest, values: now_expected, unit }];
  }, [of, language.value]);
  const marks = useMemo(() => [{ at: Date.parse(of.as_of), text: board.now }], [of, language.value]);
  const late = of.counted_until !== null && Date.parse(of.as_of) - Date.parse(of.counted_until) > lateAfterMs;
  return (
    <div data-moves>
      <Plot label={board.plotOf(board.kinds[of.kind])} at={at} lines={lines} marks={marks} between={[2, 3]} height={280} />
      <p class="dim small">{board.plotHint}</p>
      {of.kind === 'job' ? <p class="dim small">{board.later}</p> : of.kind === 'live_join' ? <p class="dim small">{board.notLive}</p>
        : of.counted_until === null ? <p class="dim small">{board.notCounted}</p>
          : <p class={late ? 'bad-text' : 'dim small'}>{board.counted} <Instant at={of.counted_until} />{late ? <>. {board.countedLate}</> : null}</p>}
      {of.whole_from !== null && Date.parse(of.whole_from) > Date.parse(of.from) ? <p class="dim small" data-varies={board.wholeFrom('')}>{board.wholeFrom(instantText(of.whole_from))}</p> : null}
    </div>
  );
}

function PeaksAhead({ kind }: { kind: Kind }) {
  const { board } = t(), from = useResource<Peaks>('/v1/ops/forecast?within_minutes=240', { by: operatorNow, everyMs: 60_000 });
  return (
    <Read from={from}>
      {({ kinds }) => {
        const one = kinds.find((each) => each.kind === kind), known = one && one.prior + one.history > 0 ? one : undefined;
        const row = (title: string, peak: { at: string; expected: number; high?: number } | undefined, likely?: number) => (
          <tr>
            <th scope="row">{title}</th>
            <td data-label={board.peakAt}><Known value={peak && <Instant at={peak.at} />} /></td>
            {[[board.expected, peak?.expected], [board.peakHigh, peak?.high], [board.peakLikely, likely]].map(([name, value]) => (
              <td key={name} class="number" data-label={name}><span data-varies={value === undefined ? undefined : '1'}><Known value={events(value as number | undefined)} /></span></td>
            ))}
          </tr>
        );
        return (
          <>
            <h3>{board.peaks}</h3>
            <div class="table-wrap" role="region" aria-label={board.peaks} tabIndex={0}>
              <table class="cards" aria-label={board.peaks}>
                <thead><tr><th scope="col">{board.span}</th><th scope="col">{board.peakAt}</th><th scope="col" class="number">{board.expected}</th><th scope="col" class="number">{board.peakHigh}</th><th scope="col" class="number">{board.peakLikely}</th></tr></thead>
                <tbody>{row(board.within, known?.peak, known?.likely_peak)}{row(board.week, known?.week_peak)}</tbody>
              </table>
            </div>
            {one && one.unknown > 0 ? <p class="dim small">{board.unknownOf} {numberText(one.unknown)}</p> : null}
          </>
        );
      }}
    </Read>
  );
}

type Day = Board['days'][number];
function Days({ of }: { of: Board }) {
  const { board } = t();
  const columns = useMemo<Column<Day>[]>(() => {
    const score = (id: keyof Day['score'], title: string): Column<Day> => ({
      id, title, number: true, width: 8, meaning: <Definition schema="ForecastScore" name={id} />, by: ({ score: each }) => each[id], cell: ({ score: each }) => <Known value={share(each[id])} />,
    });
    return [
      { id: 'date', title: board.date, width: 10, by: ({ date }) => date, cell: ({ date }) => <time dateTime={date}>{dayText(date)}</time> },
      { id: 'where', title: board.where, width: 7, number: true, by: ({ institutions }) => institutions, cell: ({ institutions }) => numberText(institutions) },
      { id: 'came', title: board.actual, width: 7, number: true, by: ({ came }) => came, cell: ({ came, score: { days } }) => <Known value={days > 0 ? numberText(came) : null} /> },
      score('wape', board.wape), score('chance', board.chance), score('skill', board.skill), score('peak', board.peakError), score('covered', board.covered),
    ];
  }, [language.value]);
  return <Card title={board.days}><Table label={board.days} rows={of.days} columns={columns} rowKey={({ date }) => date} empty={board.noDays} /></Card>;
}

function Whole({ of, kind }: { of: Board; kind: Signal<Kind> }) {
  const { board } = t();
  return (
    <>
      <State of={of} />
      <Bells of={of} />
      <Card title={board.plot}>
        <Choice label={board.kind} value={kind} options={(Object.keys(board.kinds) as Kind[]).map((one) => [one, board.kinds[one]] as const)} />
        <Minutes of={of} />
        <PeaksAhead kind={of.kind} />
      </Card>
      <Days of={of} />
    </>
  );
}

export default function BellsPage() {
  const { places } = t().operator, kind = useSignal<Kind>('page_read'), last = useRef<Board | undefined>(undefined);
  const from = useResource<Board>(`/v1/ops/bell-board?kind=${kind.value}`, { by: operatorNow, everyMs: 20_000 }), error = from.error.value;
  const shown = last.current = from.data.value ?? last.current; // until another kind has come, the one before shows
  return (
    <Desk title={places.bells}>
      {shown === undefined ? <Read from={from}>{() => null}</Read> : null}
      {shown !== undefined && error ? <Said kind="bad">{t().shell.asOf(instantText(shown.as_of))} {faultText(error)}</Said> : null}
      {shown === undefined ? null : <Whole of={shown} kind={kind} />}
      <Walls />
    </Desk>
  );
}
