// The timeline as a table: the same counts, in slices of the visible time.
import type { VNode } from 'preact';
import { clockTime } from '../../model/format.ts';
import { classesIn } from '../../model/histogram.ts';
import { HISTOGRAM_CLASSES } from '../../model/histogram.ts';
import { visibleRange } from '../../model/range.ts';
import type { Session } from '../../model/session.ts';
import { grouped } from '../../ui/words.ts';
import { messageTimes } from './scene.ts';

const SLICES = 12;

export function TimelineTable({ session }: { readonly session: Session }): VNode {
  void session.revision.value;
  const { fromMs, toMs } = visibleRange(session);
  const histogram = messageTimes(session.trace.value).histogram(fromMs, toMs, SLICES);
  const classes = classesIn(histogram);
  const slice = (toMs - fromMs) / SLICES;
  const here = Math.floor((session.timeMs.value - fromMs) / slice);
  return (
    <div
      class="timeline-canvas scroll"
      tabIndex={0}
      role="region"
      aria-label="Messages by class over time"
    >
      <table class="table">
        <thead>
          <tr>
            <th scope="col">From</th>
            {classes.map((name) => (
              <th scope="col" class="is-number" key={name}>
                {name}
              </th>
            ))}
            <th scope="col">
              <span class="visually-hidden">Go there</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: SLICES }, (_, bin) => (
            <tr key={bin} class={bin === here ? 'is-here' : ''}>
              <th scope="row">{clockTime(fromMs + bin * slice)}</th>
              {classes.map((name) => (
                <td class="is-number" key={name}>
                  {grouped(histogram.counts[HISTOGRAM_CLASSES.indexOf(name)]![bin]!)}
                </td>
              ))}
              <td>
                <button
                  class="button is-quiet"
                  onClick={() => session.seekTime(fromMs + bin * slice)}
                >
                  Go there
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
