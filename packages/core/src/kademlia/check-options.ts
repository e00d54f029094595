// What hosts can get wrong when they make an engine, said at once.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import type { BudgetLimits } from './budget.ts';
import type { Rate } from './budget-rate.ts';
import { MESSAGE_CONTACTS_MAX } from './message.ts';
import type { Profile } from './profile.ts';

const POSITIVE = [
  'requestTimeoutMs',
  'firstSoftTimeoutMs',
  'leastSoftTimeoutMs',
  'refreshIntervalMs',
  'valueLifetimeMs',
  'providerLifetimeMs',
] as const;

/** Throws a `RangeError` that says what is wrong with a profile, if anything is. */
export function checkProfile(profile: Profile, keys: KeyTable): void {
  if (profile.keyBits !== keys.keyBits)
    throw new RangeError(`keyBits is ${profile.keyBits}; the key table has ${keys.keyBits} bits`);
  checkWhole('k', profile.k, 1, MESSAGE_CONTACTS_MAX);
  checkWhole('alpha', profile.alpha, 1, 1_000);
  checkWhole('initialAlpha', profile.initialAlpha, 1, 1_000);
  checkWhole('beta', profile.beta, 1, MESSAGE_CONTACTS_MAX);
  checkWhole('paths', profile.paths, 1, MESSAGE_CONTACTS_MAX);
  checkWhole('requestAttempts', profile.requestAttempts, 1, 255);
  for (const name of POSITIVE) {
    const value = profile[name];
    if (!(value > 0)) throw new RangeError(`${name} is ${value}; expected milliseconds above 0`);
  }
}

/** Throws a `RangeError` that says which limit of a budget admits nothing at all, or is none. */
export function checkBudgets(limits: BudgetLimits): void {
  checkRate('upload', limits.upload);
  checkRate('requests', limits.requests);
  checkRate('requestsPerSource', limits.requestsPerSource);
  checkRate('requestsPerGroup', limits.requestsPerGroup);
  for (const name of ['requestsInFlight', 'dialsInFlight'] as const)
    if (!(limits[name] >= 1))
      throw new RangeError(`${name} is ${limits[name]}; with less than 1, nothing ever happens`);
}

/** Throws a `RangeError` where a contact is not a key that the table holds. */
export function checkContact(name: string, contact: KeyHandle, keys: KeyTable): void {
  if (!Number.isInteger(contact) || keys.references(contact) === 0)
    throw new RangeError(`${name} ${String(contact)} is no key that the key table holds`);
}

function checkRate(name: string, { perSecond, burst }: Rate): void {
  if (!(perSecond > 0) || !(burst >= 1))
    throw new RangeError(
      `${name} is ${perSecond} a second and ${burst} at once; expected more than 0, and at least 1`,
    );
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name} is ${value}; expected a whole number from ${least} to ${most}`);
}
