// What a client is willing to read (RFC 9110, section 12.5.1), as far as this server has a choice.

/** The types that the header asks for, and how much each is wanted; those with q=0 are left out. */
function wishesOf(header: string): { type: string; weight: number }[] {
  return header
    .split(',')
    .map((item) => {
      const [type = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const quality = parameters.find((one) => one.startsWith('q='))?.slice(2);
      return { type, weight: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ type, weight }) => type !== '' && weight > 0);
}

/**
 * Which of the types that there are to answer with; `null` when the client takes none of them. The first is for
 * those who do not say, or say that everything will do; the others are for those who name them.
 *
 * @example
 * ```ts
 * chooseType('application/x-ndjson, application/json;q=0.8', ['application/json', 'application/x-ndjson']) // 'application/x-ndjson'
 * chooseType(undefined, ['application/json', 'application/x-ndjson']) // 'application/json'
 * chooseType('text/html', ['application/json', 'application/x-ndjson']) // null
 * ```
 */
export function chooseType<Type extends string>(
  header: string | undefined,
  types: readonly [Type, ...Type[]],
): Type | null {
  if (header === undefined || header.trim() === '') return types[0];
  const wishes = wishesOf(header);
  let best: Type | null = null;
  let bestWeight = 0;
  for (const type of types) {
    const [family] = type.split('/');
    const named = wishes.find((wish) => wish.type === type);
    const general =
      type === types[0]
        ? wishes.find((wish) => wish.type === `${family}/*` || wish.type === '*/*')
        : undefined;
    const weight = (named ?? general)?.weight ?? 0;
    // A client that names two equally gets the later one: whoever knows of streams prefers them.
    if (weight > 0 && (weight > bestWeight || (weight === bestWeight && named !== undefined)))
      [best, bestWeight] = [type, weight];
  }
  return best;
}
