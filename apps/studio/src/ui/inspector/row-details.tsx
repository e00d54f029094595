// A row of the ruler: all nodes that share so many bits with what is measured from.
import type { VNode } from 'preact';
import { countAtBits } from '../../model/neighbours.ts';
import type { Session } from '../../model/session.ts';
import { readableState } from '../readable.ts';
import { counted } from '../words.ts';

export function RowDetails({
  session,
  bits,
}: {
  readonly session: Session;
  readonly bits: number;
}): VNode {
  const reference = session.referencePoint.value;
  if (reference === null) return <p>This trace has no keys to measure.</p>;
  const count = countAtBits(session.trace.value, readableState(session), reference.key, bits);
  const next = bits === 0 ? 'its first bit differs' : `the next bit differs`;
  return (
    <p>
      {counted(count, 'node')} share{count === 1 ? 's' : ''} exactly {counted(bits, 'bit')} with the{' '}
      {reference.role}
      {': '}
      {next}. Each row holds about half as many nodes as the one above it, because each further bit
      that must agree halves what is left.
    </p>
  );
}
