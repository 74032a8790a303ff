import { useEffect, useId, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { language, moment } from '../shared/i18n.js';
import { theme } from '../shared/theme.js';
import { h } from './health-words.js';

export interface Series {
  label: string;
  values: readonly (number | null)[];
}

interface PlotProps {
  title: string;
  hint: string;
  /** When each value was, in milliseconds. */
  times: readonly number[];
  series: readonly Series[];
}

const HEIGHT = 180;
const DAY_MS = 86_400_000;
/** Seconds that a plot shows at least. */
const LEAST_SPAN = 600;
const COLOURS = ['--accent', '--ok'] as const;
/** One line is told from the other without its colour, too. */
const DASHES = [undefined, [6, 4]];

/** A plot with its twin: the same numbers as a table, for those who do not see a picture. */
export function Plot({ title, hint, times, series }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const name = useId();
  useEffect(() => {
    const box = place.current;
    if (!box || times.length === 0) return;
    const plot = new uPlot(optionsFor(box, series), dataOf(times, series), box);
    const watch = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    watch.observe(box);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.redraw(false);
    dark.addEventListener('change', redraw);
    return () => {
      watch.disconnect();
      dark.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [times, series, theme.value, language.value]);
  return (
    <figure class="plot" aria-labelledby={name}>
      <figcaption id={name}>
        <h3>{title}</h3>
        <small class="dim">{hint}</small>
      </figcaption>
      {series.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {series.map(({ label }, index) => (
            <li key={label} class={`line-${index}`}>
              {label}
            </li>
          ))}
        </ul>
      )}
      <div ref={place} class="picture" aria-hidden="true" />
      {times.length === 0 && <p class="dim">{h('empty')}</p>}
      <details>
        <summary>{h('table')}</summary>
        <Twin title={title} times={times} series={series} />
      </details>
    </figure>
  );
}

function Twin({ title, times, series }: Pick<PlotProps, 'title' | 'times' | 'series'>) {
  const style = (times.at(-1) ?? 0) - (times[0] ?? 0) < DAY_MS ? 'time' : 'full';
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${title}: ${h('table')}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{h('time')}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, row) => (
            <tr key={time}>
              <th scope="row">{moment(time, style)}</th>
              {series.map(({ label, values }) => (
                <td key={label}>{values[row]?.toLocaleString(language.value) ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** In seconds. A single moment gets one without a value before it: alone it would be drawn over years. */
function dataOf(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  const lead = times.length === 1;
  const seconds = times.map((time) => time / 1000);
  const rows = series.map(({ values }) => (lead ? [null, ...values] : [...values]));
  return [lead ? [seconds[0]! - LEAST_SPAN, ...seconds] : seconds, ...rows] as uPlot.AlignedData;
}

function optionsFor(box: HTMLElement, series: readonly Series[]): uPlot.Options {
  // `light-dark` and system colours are resolved by the page, not by a canvas: an element of the page is asked.
  const colour = (name: string) => () => {
    box.style.color = `var(${name})`;
    const found = getComputedStyle(box).color;
    box.style.color = '';
    return found;
  };
  const axis = { stroke: colour('--dim'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, low, high) => (high - low < LEAST_SPAN ? [high - LEAST_SPAN, high] : [low, high]) },
      y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, 4) * 1.05] },
    },
    axes: [
      { ...axis, space: 80, values: (_plot, ticks) => ticks.map((tick) => tickOf(tick, ticks)) },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000] },
    ],
    series: [
      {},
      ...series.map(({ label, values }, index) => ({
        label,
        stroke: colour(COLOURS[index]!),
        width: 2,
        spanGaps: false,
        points: { show: values.length < 10 || values.includes(null) },
        ...(DASHES[index] ? { dash: DASHES[index] } : {}),
      })),
    ],
  };
}

function tickOf(tick: number, ticks: readonly number[]): string {
  const wide = (ticks.at(-1)! - ticks[0]!) * 1000 > 2 * DAY_MS;
  return moment(tick * 1000, wide ? 'day' : 'time');
}
