// A canvas that redraws when the signals it reads change: at most once a frame.
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { CanvasRenderer } from './canvas-renderer.ts';
import { cancelFrame, onFrame } from './frames.ts';
import { palette } from './palette.ts';
import type { Palette } from './palette.ts';
import type { Renderer } from './renderer.ts';

/** A pointer on the canvas: CSS pixels from its upper left corner, and the size of the canvas. */
export interface CanvasPoint {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One frame to draw. */
export interface Frame {
  readonly renderer: Renderer;
  readonly palette: Palette;
  /** The time of the frame, for what moves by itself. */
  readonly nowMs: number;
}

export interface CanvasViewProps {
  /** What the picture is, for those who cannot see it; the table twin says the rest. */
  readonly label: string;
  readonly class?: string;
  /** Which colour of the palette lies behind the picture. */
  readonly background?: 'bg' | 's1';
  /** Draws one frame; the signals that it reads cause the next. Returns true to be called again at once. */
  readonly draw: (frame: Frame) => boolean | void;
  readonly onMove?: (point: CanvasPoint, event: PointerEvent) => void;
  readonly onLeave?: () => void;
  readonly onDown?: (point: CanvasPoint, event: PointerEvent) => void;
  readonly onUp?: (point: CanvasPoint, event: PointerEvent) => void;
  readonly onWheel?: (point: CanvasPoint, event: WheelEvent) => void;
  readonly onDoubleClick?: (point: CanvasPoint, event: MouseEvent) => void;
  /** Makes the canvas focusable. */
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** A canvas that fills its parent. */
export function CanvasView(props: CanvasViewProps): VNode {
  const host = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const made = new Painter(host.current!, () => latest.current);
    painter.current = made;
    const unlisten = listenToWheel(host.current!, () => latest.current);
    return () => {
      unlisten();
      made.close();
    };
  }, []);
  useEffect(() => painter.current?.schedule());
  const at = <E extends MouseEvent>(
    handler: ((point: CanvasPoint, event: E) => void) | undefined,
  ) =>
    handler === undefined ? undefined : (event: E) => handler(pointOf(host.current!, event), event);
  return (
    <canvas
      ref={host}
      class={`canvas-view ${props.class ?? ''}`}
      role={props.onKeyDown === undefined ? 'img' : 'application'}
      aria-label={props.label}
      tabIndex={props.onKeyDown === undefined ? -1 : 0}
      onKeyDown={props.onKeyDown}
      onPointerMove={at(props.onMove)}
      onPointerLeave={props.onLeave}
      onPointerDown={at(props.onDown)}
      onPointerUp={at(props.onUp)}
      onDblClick={at(props.onDoubleClick)}
    />
  );
}

function pointOf(canvas: HTMLCanvasElement, event: MouseEvent): CanvasPoint {
  const box = canvas.getBoundingClientRect();
  return {
    x: event.clientX - box.left,
    y: event.clientY - box.top,
    width: box.width,
    height: box.height,
  };
}

/** Wheel handlers must be able to prevent scrolling, which a passive listener cannot. */
function listenToWheel(canvas: HTMLCanvasElement, props: () => CanvasViewProps): () => void {
  const onWheel = (event: WheelEvent): void => props().onWheel?.(pointOf(canvas, event), event);
  canvas.addEventListener('wheel', onWheel, { passive: false });
  return () => canvas.removeEventListener('wheel', onWheel);
}

/** Draws when asked, when a signal that the last frame read has changed, and when the size has. */
class Painter {
  readonly #renderer: CanvasRenderer;
  readonly #observer: ResizeObserver;
  readonly #props: () => CanvasViewProps;
  readonly #run = (nowMs: number): void => this.#paint(nowMs);
  #forget: () => void = () => {};

  constructor(canvas: HTMLCanvasElement, props: () => CanvasViewProps) {
    this.#renderer = new CanvasRenderer(canvas, true);
    this.#props = props;
    this.#observer = new ResizeObserver(() => this.schedule());
    this.#observer.observe(canvas);
    this.schedule();
  }

  schedule(): void {
    onFrame(this.#run);
  }

  close(): void {
    this.#forget();
    this.#observer.disconnect();
    cancelFrame(this.#run);
  }

  #paint(nowMs: number): void {
    const { canvas } = this.#renderer;
    this.#renderer.resize(canvas.clientWidth, canvas.clientHeight, window.devicePixelRatio);
    if (canvas.clientWidth === 0 || canvas.clientHeight === 0) return;
    this.#forget();
    let isFirst = true;
    // The effect draws once and notes the signals it read; when one of them changes it runs again, and
    // then only asks for a frame, however many changes there are until it comes.
    this.#forget = effect(() => {
      if (!isFirst) {
        this.schedule();
        return;
      }
      isFirst = false;
      const { draw, background } = this.#props();
      const colors = palette.value;
      this.#renderer.begin(colors[background ?? 'bg']);
      if (draw({ renderer: this.#renderer, palette: colors, nowMs }) === true) this.schedule();
    });
  }
}
