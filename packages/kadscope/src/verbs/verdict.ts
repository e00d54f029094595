// What the findings of a check mean, in one sentence, and what to do next; and the findings as text.
import type {
  AddressReport,
  CheckReport,
  ContentReport,
  PeerReport,
  ProviderReport,
} from './check.ts';
import { isReachable } from './dial.ts';
import type { DialReport, Identity, ReachReport } from './dial.ts';

/** A verdict. */
export interface Verdict {
  /** Whether it can be found, and reached. */
  readonly ok: boolean;
  readonly text: string;
  /** What to do next; `null` where nothing has to be done. */
  readonly advice: string | null;
}

const OPEN_PORT =
  'see that it runs, that its port is open to the internet (or that it has a relay), and that it announces the addresses it really has';

/** What a report means. */
export function verdictOf(report: CheckReport): Verdict {
  switch (report.kind) {
    case 'content':
      return contentVerdict(report);
    case 'peer':
      return peerVerdict(report);
    case 'address':
      return addressVerdict(report);
  }
}

function contentVerdict({ subject, holders, providers }: ContentReport): Verdict {
  const answered = holders.filter((one) => one.providers !== null).length;
  const holding = holders.filter((one) => (one.providers?.length ?? 0) > 0).length;
  if (providers.length === 0 && answered === 0)
    return no(
      'None of the nodes that should know it answered, so nobody can say who has it.',
      'check the connection of this machine, and try again',
    );
  if (providers.length === 0)
    return no(
      `Nobody announces it: none of the ${answered} closest nodes that answered knows a provider.`,
      `announce it where it is, with 'kadscope routing provide ${subject} --stay' or 'ipfs routing provide ${subject}'; a record lives for 48 hours`,
    );
  const reached = providers.filter(isReachable);
  if (reached.length === 0)
    return no(
      `It is announced, but ${them(providers.length)} can be reached: ${whyNot(providers[0]!)}.`,
      `on the node that has it, ${OPEN_PORT}`,
    );
  const serving = reached.filter(({ hasBitswap }) => hasBitswap === true);
  if (serving.length === 0)
    return no(
      `It is announced and ${reached.length === 1 ? 'a provider answers' : `${reached.length} providers answer`}, but none of them speaks Bitswap, so its blocks cannot be asked for.`,
      'run a node that serves blocks where the content is, such as Kubo or Helia, and announce it there',
    );
  const text = `It can be found and fetched: ${serving.length} of ${providers.length} providers can be reached and speak Bitswap.`;
  const advice =
    holding * 2 >= answered
      ? null
      : `only ${holding} of the ${answered} closest nodes hold a record of it; announce it again before they are gone`;
  return { ok: true, text, advice };
}

function peerVerdict({ isKnown, servesDht, ...reach }: PeerReport): Verdict {
  if (!isKnown)
    return no(
      'Nobody in the network knows it: it is not there, or has never been connected to those close to it.',
      'start it, and see that it can reach a bootstrap node; if you have an address of it, check that',
    );
  if (reach.dials.length === 0)
    return no('It is known, but nobody knows an address of it.', `there, ${OPEN_PORT}`);
  if (!isReachable(reach))
    return no(`It is known, but cannot be reached: ${whyNot(reach)}.`, `there, ${OPEN_PORT}`);
  if (servesDht === null)
    return yes('It can be found and reached, but does not say what it speaks.');
  if (servesDht) return yes('It can be found and reached, and serves the DHT.');
  return yes(
    'It can be found and reached. It does not serve the DHT: it is a client, or serves another network.',
  );
}

function addressVerdict(report: AddressReport): Verdict {
  const { servesDht, hasBitswap, identity } = report;
  if (!isReachable(report))
    return no(
      `Nobody can be reached there: ${whyNot(report)}.`,
      'check the address and the id behind it, whether the node runs, and whether its port is open',
    );
  if (identity === null) return yes('Somebody answers there, but does not say what it speaks.');
  const what = [
    servesDht === true ? 'serves the DHT' : 'does not serve this DHT',
    hasBitswap === true ? 'speaks Bitswap' : 'does not speak Bitswap',
  ];
  return yes(`${identity.id} answers there; it ${what.join(', and ')}.`);
}

/** A report for people: findings, verdict, what to do. */
export function reportText(report: CheckReport): string {
  const { ok, text, advice } = verdictOf(report);
  const next = advice === null ? [] : [`Next: ${advice}.`];
  return [...findings(report), '', `${ok ? 'Yes' : 'No'}. ${text}`, ...next, ''].join('\n');
}

function findings(report: CheckReport): string[] {
  if (report.kind === 'content') return contentFindings(report);
  const head = report.kind === 'peer' ? `Peer ${report.subject}` : `Address ${report.subject}`;
  return [head, ...reachLines(report), ...identityLines(report.identity)];
}

function contentFindings({ subject, holders, providers }: ContentReport): string[] {
  const answered = holders.filter((one) => one.providers !== null);
  const holding = answered.filter((one) => one.providers!.length > 0);
  const silent = holders.filter(({ problem }) => problem !== null);
  return [
    `Content ${subject}`,
    `Closest nodes: ${holders.length} asked, ${answered.length} answered, ${holding.length} hold a record of it.`,
    ...silent.map(({ id, problem }) => `  ${id}: ${problem!}`),
    `Providers: ${providers.length === 0 ? 'none' : providers.length}`,
    ...providers.flatMap(providerLines),
  ];
}

function providerLines(provider: ProviderReport): string[] {
  const { id, holders, hasBitswap, identity } = provider;
  const bitswap =
    identity === null ? '' : hasBitswap === true ? ', speaks Bitswap' : ', without Bitswap';
  return [
    `  ${id}, named by ${holders} of the closest nodes${bitswap}`,
    ...reachLines(provider).map((line) => `  ${line}`),
  ];
}

function reachLines({ dials }: ReachReport): string[] {
  return dials.length === 0
    ? ['  no address is known']
    : dials.map((dial) => `  ${dialLine(dial)}`);
}

function dialLine({ address, ms, problem }: DialReport): string {
  return ms === null ? `${address} fails: ${problem!}` : `${address} works (${ms.toFixed(0)} ms)`;
}

function identityLines(identity: Identity | null): string[] {
  if (identity === null) return [];
  const { agent, protocols, latencyMs } = identity;
  return [
    ...(agent === '' ? [] : [`Agent: ${agent}`]),
    ...(latencyMs === null ? [] : [`Latency: ${latencyMs.toFixed(0)} ms`]),
    `Protocols: ${protocols.join(' ')}`,
  ];
}

function whyNot({ dials }: ReachReport): string {
  return dials[0]?.problem ?? 'no address of it is known';
}

function them(count: number): string {
  return count === 1 ? 'not even its only provider' : `none of its ${count} providers`;
}

function yes(text: string): Verdict {
  return { ok: true, text, advice: null };
}

function no(text: string, advice: string): Verdict {
  return { ok: false, text, advice };
}
