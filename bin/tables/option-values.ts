// Values of options, each refused by commander with what was expected.
import { InvalidArgumentError } from 'commander';
import { microsecondsOf } from '../../lib/contract/calendar';

/** A version of a Delta Lake table. */
export function versionOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

/** How many at most. */
export function limitOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
}

/** An instant, in milliseconds since 1970. */
export function timeOf(text: string): number {
  const microseconds = microsecondsOf(text);
  if (microseconds === undefined) throw new InvalidArgumentError('expected a time as 2026-01-31T12:00:00Z');
  return Number(microseconds / 1000n);
}
