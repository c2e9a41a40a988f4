import { microsecondsOf } from '../../lib/contract/calendar';
import { type EventTimeSpec } from '../../lib/contract/existing-store-spec';
import type { Item } from './reader';

/** The event time in an online store that this library writes. */
export const EVENT_TIME: EventTimeSpec = { attribute: '_ts', format: 'microseconds' };

const MICROSECONDS = { seconds: 1_000_000, milliseconds: 1000, microseconds: 1 } as const;

/** Makes a function that reads an item's event time, in microseconds since 1970; NaN if the item has none. */
export function eventTimeReader({ attribute, format }: EventTimeSpec): (item: Item) => number {
  if (format === 'iso8601') return (item) => textTime(item, attribute);
  const unit = MICROSECONDS[format];
  return (item) => numberIn(item, attribute) * unit;
}

/** Reads a number attribute; NaN if the item has none. */
export function numberIn(item: Item, attribute: string): number {
  const value = item[attribute];
  return value !== undefined && 'N' in value ? Number(value.N) : NaN;
}

function textTime(item: Item, attribute: string): number {
  const value = item[attribute];
  return value !== undefined && 'S' in value ? Number(microsecondsOf(value.S)) : NaN;
}
