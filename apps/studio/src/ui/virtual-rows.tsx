// A list of many equal rows of which only those in view exist.
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren, VNode } from 'preact';

interface VirtualRowsProps {
  readonly count: number;
  readonly rowHeight: number;
  /** The row to keep in view; -1 for none. */
  readonly follow: number;
  readonly label: string;
  readonly columns: number;
  /** Makes the rows `from` to `to - 1`. */
  readonly renderRows: (from: number, to: number) => ComponentChildren;
  readonly head: ComponentChildren;
  readonly onKeyDown?: (event: KeyboardEvent, page: number) => void;
}

/** Browsers stop at about 33 million pixels, so the scroll bar of more rows is scaled. */
const HEIGHT_MAX = 8_000_000;

/** Rows made above and below those in view, so that a quick scroll shows no gap. */
const OVERSCAN = 8;

export function VirtualRows(props: VirtualRowsProps): VNode {
  const { count, rowHeight, follow } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const whole = count * rowHeight;
  const shown = Math.min(whole, HEIGHT_MAX);
  // With scaling, the position of the bar is a fraction of all rows instead of a number of pixels.
  const scale = whole > shown ? (whole - height) / Math.max(1, shown - height) : 1;
  const first = Math.min(
    Math.max(0, Math.floor((top * scale) / rowHeight)),
    Math.max(0, count - 1),
  );
  const from = Math.max(0, first - OVERSCAN);
  const to = Math.min(count, first + Math.ceil(height / rowHeight) + OVERSCAN);
  const offset = top + from * rowHeight - top * scale;
  useLayoutEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current!;
    if (follow < 0) return;
    const room = element.clientHeight - rowHeight * 2;
    const position = follow * rowHeight - element.scrollTop * scale;
    if (position >= 0 && position <= room) return;
    element.scrollTop = Math.max(0, follow * rowHeight - room / 2) / scale;
    setTop(element.scrollTop);
  }, [follow, scale, rowHeight, height]);
  return (
    <div
      ref={box}
      class="virtual-rows"
      role="grid"
      aria-label={props.label}
      aria-rowcount={count + 1}
      aria-colcount={props.columns}
      tabIndex={0}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={(event) =>
        props.onKeyDown?.(event, Math.max(1, Math.floor(height / rowHeight) - 2))
      }
    >
      <div class="virtual-head" role="rowgroup">
        {props.head}
      </div>
      <div class="virtual-body" role="rowgroup" style={{ height: `${shown}px` }}>
        <div style={{ transform: `translateY(${offset}px)` }} role="presentation">
          {props.renderRows(from, to)}
        </div>
      </div>
    </div>
  );
}
