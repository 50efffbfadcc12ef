// uPlot for plot.tsx, with its style sheet. It sets styles by script alone, as the policy allows.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { lineText, type PlotOptions } from './plot.js';
import { dateText } from '../text/index.js';

export interface Drawn { update(options: PlotOptions, hidden: readonly string[]): void; end(): void }

const dashes = [[], [8, 4], [2, 3], [12, 4, 2, 4], [4, 8]]; // told apart without colours too

export function draw(place: HTMLElement, first: PlotOptions, height: number, hidden: readonly string[]): Drawn {
  let options = first;
  const style = getComputedStyle(place), colour = (name: string) => style.getPropertyValue(name).trim();
  const ink = colour('--dim'), grid = { stroke: colour('--line'), width: 1 }, font = `12px ${style.fontFamily}`;
  const ticks = { ...grid, size: 5 };
  const dataOf = ({ at, over, lines }: PlotOptions) => [over ? [...at] : at.map((ms) => ms / 1000), ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;

  const drawMarks = (plot: uPlot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.font = `${12 * devicePixelRatio}px ${style.fontFamily}`;
    ctx.setLineDash([2, 4]);
    (options.marks ?? []).forEach(({ at, text }, i) => {
      const x = Math.round(plot.valToPos(options.over ? at : at / 1000, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) return;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const left = x + ctx.measureText(text).width + 8 > bbox.left + bbox.width;
      ctx.textAlign = left ? 'right' : 'left';
      ctx.fillText(text, x + (left ? -4 : 4), bbox.top + (14 + (i % 3) * 14) * devicePixelRatio);
    });
    ctx.restore();
  };

  const unit = options.lines[0]?.unit, { days = false } = options, span = (options.at.at(-1) ?? 0) - (options.at[0] ?? 0), long = !options.over && span > 7_200_000;
  const axisText = (ms: number) => dateText(new Date(ms), days || span > 3 * 86_400_000 ? { day: 'numeric', month: 'short', ...(days && { timeZone: 'UTC' }) }
    : { hour: '2-digit', minute: '2-digit', ...(long ? {} : { second: '2-digit' }), hourCycle: 'h23' });
  const plot = new uPlot({
    width: place.clientWidth || 300, height,
    legend: { show: false },
    padding: [8, 28, 0, 0],
    ...(days && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }),
    cursor: { points: { size: 6 }, y: false },
    scales: { x: { time: !options.over }, y: first.logarithmic ? { distr: 3, log: 10 } : { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? high * 1.08 : 1] } },
    axes: [
      { stroke: ink, font, grid, ticks, space: 70,
        values: (_, at) => at.map((value) => (options.over ? String(value) : axisText(value * 1000))) },
      { stroke: ink, font, grid, ticks, size: 76, values: (_, at) => at.map((value) => (value === null ? '' : lineText(value, unit))) },
    ],
    series: [{}, ...options.lines.map(({ name }, i) => ({
      label: name, show: !hidden.includes(name), stroke: colour(`--line-${i % 5}`), width: 2, dash: dashes[i % 5] ?? [], spanGaps: false, points: { show: days && options.at.length <= 62, size: 5 },
    }))],
    bands: options.between ? [{ series: [options.between[0] + 1, options.between[1] + 1], fill: `color-mix(in srgb, ${colour(`--line-${options.between[0] % 5}`)} 16%, transparent)` }] : [],
    hooks: { draw: [drawMarks] },
  }, dataOf(options), place);

  const sized = new ResizeObserver(() => { if (place.clientWidth > 0 && place.clientWidth !== plot.width) plot.setSize({ width: place.clientWidth, height }); });
  sized.observe(place);
  return {
    update(next, off) {
      options = next;
      plot.batch(() => {
        next.lines.forEach(({ name }, i) => { if (plot.series[i + 1]?.show === off.includes(name)) plot.setSeries(i + 1, { show: !off.includes(name) }); });
        plot.setData(dataOf(next));
      });
    },
    end() { sized.disconnect(); plot.destroy(); },
  };
}
