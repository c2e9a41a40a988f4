// Parsers of option values. Commander prints an InvalidArgumentError with the option's name.
import { InvalidArgumentError } from 'commander';
import { microsecondsOf } from '../../lib/contract/calendar';

/** Parses the version of a Delta Lake table. */
export function versionOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

/** Parses a limit of at least 1. */
export function limitOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
}

/** Parses an instant into milliseconds since 1970. */
export function timeOf(text: string): number {
  const microseconds = microsecondsOf(text);
  if (microseconds === undefined) throw new InvalidArgumentError('expected a time like 2026-01-31T12:00:00Z');
  return Number(microseconds / 1000n);
}
