// The function that reported a step, with the statement that did it barred.
import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ComponentChildren, VNode } from 'preact';
import type * as Anchors from 'virtual:anchors';
import type { AnchoredFunction, SourceAnchor, Token } from 'virtual:anchors';

/** The sources are a part of their own, loaded with the first step that is shown. */
const loaded = signal<typeof Anchors | 'failed' | null>(null);
let isAsked = false;

async function load(): Promise<void> {
  isAsked = true;
  try {
    loaded.value = await import('virtual:anchors');
  } catch {
    loaded.value = 'failed';
  }
}

interface SourcePaneProps {
  /** The id of the step. */
  readonly step: string;
  /** Stands beside the name of the function. */
  readonly aside: ComponentChildren;
}

export function SourcePane({ step, aside }: SourcePaneProps): VNode {
  const source = loaded.value;
  if (!isAsked) void load();
  if (source === null) return <p class="dim">Loading the source…</p>;
  if (source === 'failed') {
    return <p class="dim">The source could not be loaded; reload the page to see it.</p>;
  }
  const anchor = source.anchors[step];
  const code = anchor === undefined ? undefined : source.functions[anchor.function];
  if (anchor === undefined || code === undefined) {
    return <p class="dim">The source of the step ‘{step}’ is not part of this build.</p>;
  }
  return <Code code={code} anchor={anchor} aside={aside} />;
}

interface CodeProps {
  readonly code: AnchoredFunction;
  readonly anchor: SourceAnchor;
  readonly aside: ComponentChildren;
}

function Code({ code, anchor, aside }: CodeProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const folder = code.file.slice(0, code.file.lastIndexOf('/') + 1);
  const fileName = code.file.slice(folder.length);
  useLayoutEffect(() => {
    const element = box.current!;
    const barred = element.querySelector<HTMLElement>('.is-barred');
    if (barred !== null) element.scrollTop = barred.offsetTop - element.clientHeight / 3;
  }, [code, anchor]);
  const { from, to } = anchor.statement;
  const indent = indentation(code.code);
  return (
    <figure class="code-figure">
      <figcaption>
        <span class="mono">
          {folder}
          <b>{fileName}</b>:{anchor.line} · <b>{code.name}</b>
        </span>
        {aside}
      </figcaption>
      <div
        class="code-lines scroll"
        ref={box}
        tabIndex={0}
        role="region"
        aria-label={`Source of ${code.name}, line ${anchor.line} of ${code.file}`}
      >
        {code.code.map((tokens, i) => {
          const line = code.from + i;
          const isBarred = line >= from && line <= to;
          return (
            <div key={line} class={isBarred ? 'code-line is-barred' : 'code-line'}>
              <span class="code-number" aria-hidden="true">
                {line}
              </span>
              <code style={{ '--hang': `${hangOf(tokens, indent)}ch` }}>
                {dedent(tokens, indent).map(([kind, text], at) =>
                  kind === '' ? (
                    text
                  ) : (
                    <span key={at} class={`tok-${kind}`}>
                      {text}
                    </span>
                  ),
                )}
              </code>
            </div>
          );
        })}
      </div>
    </figure>
  );
}

/** Where the rest of a wrapped line begins, in characters: two steps further in than the line itself. */
function hangOf(tokens: readonly Token[], indent: number): number {
  const text = tokens.map(([, part]) => part).join('');
  return Math.max(0, text.length - text.trimStart().length - indent) + 4;
}

/** The spaces that all lines begin with. */
function indentation(lines: readonly (readonly Token[])[]): number {
  const widths = lines.flatMap((tokens) => {
    const text = tokens.map(([, part]) => part).join('');
    return text.trim() === '' ? [] : [text.length - text.trimStart().length];
  });
  return Math.min(...widths, 80);
}

function dedent(tokens: readonly Token[], width: number): readonly Token[] {
  const [first, ...rest] = tokens;
  if (first === undefined || width === 0) return tokens;
  return [[first[0], first[1].slice(width)], ...rest];
}
