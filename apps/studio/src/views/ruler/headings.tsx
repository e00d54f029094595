// The headings of the columns, over the columns.
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Session } from '../../model/session.ts';
import { isNarrow, layoutRuler } from './layout.ts';
import type { ColumnId, Span } from './layout.ts';
import type { SceneMaker } from './scene.ts';
import { spaceHeading, stateHeading, timeHeading } from './words.ts';

interface Props {
  readonly session: Session;
  readonly maker: SceneMaker;
  readonly column: Signal<ColumnId>;
  readonly width: Signal<number>;
}

export function RulerHeadings({ session, maker, column, width }: Props): VNode | null {
  const reference = session.referencePoint.value;
  if (reference === null || width.value === 0) return <div class="ruler-headings" />;
  const lookup = session.currentLookup.value;
  const trace = session.trace.value;
  const layout = layoutRuler({
    width: width.value,
    height: 600,
    rows: 12,
    slots: maker.slotsIn(trace),
    only: column.value,
  });
  const picture = lookup === null ? null : maker.picture(trace, lookup);
  return (
    <div class="ruler-headings">
      <Heading
        span={layout.labels}
        title="bits"
        text={isNarrow(width.value) ? '' : 'nodes'}
        isApart
      />
      <Heading span={layout.space} title="Space" text={spaceHeading(reference)} />
      <Heading span={layout.time} title="Time" text={timeHeading(picture)} />
      <Heading span={layout.state} title="State" text={stateHeading(reference)} />
    </div>
  );
}

interface HeadingProps {
  readonly span: Span | null;
  readonly title: string;
  readonly text: string;
  readonly isApart?: boolean;
}

function Heading({ span, title, text, isApart = false }: HeadingProps): VNode | null {
  if (span === null) return null;
  return (
    <div
      class={`ruler-heading ${isApart ? 'is-apart' : ''}`}
      style={{ left: `${span.x}px`, width: `${span.width}px` }}
    >
      <h2>{title}</h2>
      <span class="dim" title={text}>
        {text}
      </span>
    </div>
  );
}
