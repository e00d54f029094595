// What went wrong between nodes, in a few words.

/** Nothing was heard, and nobody knows why. */
export const NO_ANSWER = 'no answer in time';

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'nobody listens there'],
  [/ENETUNREACH|EHOSTUNREACH/, 'there is no way there from this network'],
  [/ETIMEDOUT|timed? ?out|TimeoutError|aborted due to timeout/i, NO_ANSWER],
  [/ECONNRESET/, 'the connection was reset'],
  [/NoValidAddresses|no valid addresses/i, 'it has no address that can be used from here'],
  [
    /Could not negotiate|UnsupportedProtocol|protocol selection failed/i,
    'it does not serve the protocol',
  ],
  [/DialDenied|dial to self|own peer id/i, 'it may not be dialed from here'],
  [/UnexpectedPeer|identity key .*does not match/i, 'somebody else answers there'],
];

/** An error in words; the first line of what it says where there are none. */
export function failureText(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const text = `${name}: ${message}`;
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? firstLine(error);
}

/** The first line of what an error says; where several addresses failed, the first of them. */
export function firstLine(error: unknown): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const message = inner instanceof Error ? inner.message : String(inner);
  return message.split('\n')[0]!.trim();
}
