// What became of a file: its blocks, how it was announced, and how it came back.
import { useEffect, useMemo } from 'preact/hooks';
import type { VNode } from 'preact';
import { nodeName } from '@kadscope/core/trace';
import { equalBytes } from '../../model/bytes.ts';
import { formatBytes } from '../../model/facts.ts';
import { duration } from '../../model/format.ts';
import type { AddedFile, FetchedFile } from '../../model/protocol.ts';
import type { Session } from '../../model/session.ts';
import { counted } from '../words.ts';

/** Blocks listed; a file of 32 MiB has 128. */
const BLOCKS_SHOWN = 12;

interface AddedProps {
  readonly session: Session;
  readonly added: AddedFile;
}

export function AddedSection({ session, added }: AddedProps): VNode {
  const trace = session.trace.value;
  void session.revision.value;
  const stored = added.outcome === 'stored';
  return (
    <section class="story" aria-label="The file in the network">
      <p>
        <b>{counted(added.blocks.length, 'block')}</b>, kept by {nodeName(trace, added.node)}.{' '}
        {stored ? 'Announcing took' : `Announcing ended with ‘${added.outcome}’ after`}{' '}
        {duration(added.endMs - added.startMs)}.{' '}
        <Links session={session} operation={added.operation} fromMs={added.startMs} />
      </p>
      <p class="cid">
        <span class="dim">root</span> <code class="id-whole">{added.root}</code>
      </p>
      <Blocks blocks={added.blocks.map(({ cid, size }) => ({ cid, note: formatBytes(size) }))} />
    </section>
  );
}

interface FetchedProps extends AddedProps {
  readonly fetched: FetchedFile;
  readonly original: Uint8Array;
}

export function FetchedSection({ session, added, fetched, original }: FetchedProps): VNode {
  const trace = session.trace.value;
  void session.revision.value;
  const isEqual = useMemo(() => equalBytes(fetched.bytes, original), [fetched, original]);
  const url = useDownload(fetched.bytes);
  return (
    <section class="story" aria-label="The file that came back" aria-live="polite">
      <p>
        {nodeName(trace, fetched.node)} found {nodeName(trace, fetched.provider)} in{' '}
        {duration(fetched.foundMs - fetched.startMs)}.{' '}
        <Links session={session} operation={fetched.operation} fromMs={fetched.startMs} />
      </p>
      <p>
        {counted(fetched.blocks.length, 'block')} came in{' '}
        {duration(fetched.endMs - fetched.foundMs)}; each was hashed again.{' '}
        <Watch session={session} timeMs={fetched.foundMs} />
      </p>
      <Blocks
        blocks={fetched.blocks.map(({ cid, askedMs, arrivedMs }) => ({
          cid,
          note: duration(arrivedMs - askedMs),
        }))}
      />
      <p class={isEqual ? 'verdict is-equal' : 'verdict is-different'} role="status">
        {isEqual
          ? `✓ Bytes equal: all ${original.length.toLocaleString('en')} of them.`
          : '✗ The bytes differ from the file.'}
      </p>
      <a class="button" href={url} download={added.name}>
        Save what came back
      </a>
    </section>
  );
}

function useDownload(bytes: Uint8Array): string {
  const url = useMemo(
    () => URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>])),
    [bytes],
  );
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return url;
}

interface BlocksProps {
  readonly blocks: readonly { readonly cid: string; readonly note: string }[];
}

function Blocks({ blocks }: BlocksProps): VNode {
  const rest = blocks.length - BLOCKS_SHOWN;
  return (
    <ol class="blocks">
      {blocks.slice(0, BLOCKS_SHOWN).map(({ cid, note }, i) => (
        <li key={i}>
          <code title={cid}>{shortCid(cid)}</code>
          <span class="dim tabular">{note}</span>
        </li>
      ))}
      {rest > 0 && <li class="dim">and {counted(rest, 'block')} more</li>}
    </ol>
  );
}

/** The beginning of a CID is the same for all of a kind: its end tells them apart. */
function shortCid(cid: string): string {
  return `${cid.slice(0, 9)}…${cid.slice(-12)}`;
}

interface LinksProps {
  readonly session: Session;
  readonly operation: number;
  readonly fromMs: number;
}

function Links({ session, operation, fromMs }: LinksProps): VNode {
  const lookups = session.trace.value.lookups.filter((lookup) => lookup.operation === operation);
  return (
    <span class="run-links">
      <Watch session={session} timeMs={fromMs} />
      {lookups.map(({ id }) => (
        <button key={id} type="button" class="link" onClick={() => session.followLookup(id)}>
          follow lookup {id}
        </button>
      ))}
    </span>
  );
}

function Watch({ session, timeMs }: { readonly session: Session; readonly timeMs: number }): VNode {
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        session.seekTime(timeMs);
        session.play();
      }}
    >
      watch
    </button>
  );
}
