// Query events as lines for people: what Kubo prints with --verbose.
import type { QueryEvent } from '@kadscope/libp2p';
import type { Told } from './ask.ts';
import { failureText } from './failure.ts';

/** The line of an event, with the time of the day before it. */
export function eventLine({ event }: Told): string {
  const time = new Date(event.time).toISOString().slice('2026-01-01T'.length, -1);
  return `${time}: ${textOf(event)}\n`;
}

function textOf(event: QueryEvent): string {
  switch (event.name) {
    case 'DIAL_PEER':
      return `dialing ${event.peer.toString()}`;
    case 'ADD_PEER':
      return `heard of ${event.peer.toString()}`;
    case 'SEND_QUERY':
      return `${SENT[event.messageName] ?? '* asking'} ${event.to.toString()}`;
    case 'PEER_RESPONSE': {
      const { from, closer, commonPrefixLength } = event;
      const names = closer.map(({ id }) => id.toString()).join(' ');
      return `* ${from.toString()}, common prefix ${commonPrefixLength}, says use ${names === '' ? 'nobody' : names}`;
    }
    case 'FINAL_PEER':
      return `* closest peer ${event.peer.id.toString()}`;
    case 'QUERY_ERROR':
      return `error: ${event.from.toString()}: ${failureText(event.error)}`;
    case 'PROVIDER':
      return event.providers.map((one) => `provider: ${one.id.toString()}`).join('; ');
    case 'VALUE':
      return `got a value of ${event.value.length} bytes from ${event.from.toString()}`;
    case 'PATH_ENDED':
      return `ended: ${event.reason}`;
  }
}

const SENT: Readonly<Record<string, string>> = {
  PUT_VALUE: 'storing the value at',
  ADD_PROVIDER: 'sending the provider record to',
  PING: 'pinging',
};
