// Servers for this machine: who may ask them, how they begin to listen, and how they end.
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import { CommandError, systemCode } from '../errors.ts';

/** Where a server listens. */
export interface Place {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

/** How the command line names what a server listens on, for those who have to change it. */
export interface PlaceFlags {
  /** What may be using the port already. */
  readonly rival: string;
  /** How to choose another port. */
  readonly port: string;
  /** How to choose any free port. */
  readonly freePort: string;
  /** The flag that names the host. */
  readonly host: string;
}

/**
 * Whether a Host header names this machine. An address is this machine by itself; a name is only when it is
 * one that was asked for: otherwise any web page could reach the server under a name of its own that points
 * here (DNS rebinding).
 */
export function isOwnHost(header: string | undefined, ...names: readonly string[]): boolean {
  const name = header?.replace(/:\d+$/, '').toLowerCase();
  if (name === undefined || name === '') return false;
  const address = name.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0 || name === 'localhost') return true;
  return names.some((own) => name === own.toLowerCase());
}

/** The host as a URL shows it; "all addresses" is reached under the loopback address. */
export function hostOfUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Listens, and resolves with the port. Throws a `CommandError` that says what to do when it cannot. */
export function listen(server: Server, place: Place, flags: PlaceFlags): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, place, flags)));
    server.listen(place.port, place.host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : place.port);
    });
  });
}

/** Ends a server, and whatever it is answering. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function listenError(error: Error, { host, port }: Place, flags: PlaceFlags): CommandError {
  const code = systemCode(error) ?? 'failed';
  const problems: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is in use, perhaps by ${flags.rival}; choose another one with ${flags.port}, or any free one with ${flags.freePort}`,
    EACCES: `port ${port} may not be used without special rights; choose one above 1023 with ${flags.port}`,
    EADDRNOTAVAIL: `${flags.host}: ${host} is not an address of this machine; leave it out, or name one that is`,
    ENOTFOUND: `${flags.host}: nothing is known of ${host}; leave it out, or name an address of this machine`,
  };
  return new CommandError(problems[code] ?? error.message, code, { host, port });
}
