// Who made the spans. They do not say so themselves: at best their resource has the peer id among its attributes.
import { peerIdBytes } from './id-text.ts';
import { ancestorsOf, textAttribute } from './otlp-spans.ts';
import type { Attributes, Span } from './otlp-spans.ts';

/** What a span is called after its maker. */
export interface Maker {
  readonly name: string;
  /** Whether the name is a peer id. */
  readonly isPeer: boolean;
}

export const LOOKUP: RegExp = /\.RunLookupWithFollowup$/;
export const SPAWN: RegExp = /\.SpawnQuery$/;

/**
 * The makers of spans: the peer id that their resource names, or else the one that lets the first query of a
 * lookup go, which is the node itself (go-libp2p-kad-dht, query.go), or else what the resource calls itself.
 */
export function makersOf(spans: readonly Span[]): (span: Span) => Maker {
  const selves = new Map<string, string>();
  for (const { resource, attributes } of firstQueries(spans)) {
    const name = nameOf(resource);
    const cause = textAttribute(attributes, 'Cause');
    if (cause !== null && peerIdBytes(cause) !== null && !selves.has(name)) selves.set(name, cause);
  }
  return ({ resource }) => {
    const texts = [...resource.values()].filter((value) => typeof value === 'string');
    const name = nameOf(resource);
    const id = texts.find((text) => peerIdBytes(text) !== null) ?? selves.get(name);
    return id === undefined ? { name, isPeer: false } : { name: id, isPeer: true };
  };
}

/** For each lookup that the file has from its start the query that it began with. */
function firstQueries(spans: readonly Span[]): Iterable<Span> {
  const first = new Map<Span, Span>();
  for (const span of spans) {
    if (!SPAWN.test(span.name)) continue;
    for (const ancestor of ancestorsOf(span)) {
      if (!LOOKUP.test(ancestor.name)) continue;
      const known = first.get(ancestor);
      if (known === undefined || span.startNs < known.startNs) first.set(ancestor, span);
      break;
    }
  }
  return first.values();
}

function nameOf(resource: Attributes): string {
  return (
    textAttribute(resource, 'service.instance.id') ??
    textAttribute(resource, 'service.name') ??
    'a node'
  );
}
