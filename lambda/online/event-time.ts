import { microsecondsOf } from '../../lib/contract/calendar';
import type { EventTimeSpec } from '../../lib/contract/endpoint-spec';
import type { Item } from './reader';

/** Where an online store that this library fills has the event time. */
export const EVENT_TIME: EventTimeSpec = { attribute: '_ts', format: 'microseconds' };

const MICROSECONDS = { seconds: 1_000_000, milliseconds: 1000, microseconds: 1 } as const;

/** When a row happened, in microseconds since 1970; NaN where its item does not say. */
export function eventTimeReader({ attribute, format }: EventTimeSpec): (item: Item) => number {
  if (format === 'iso8601') return (item) => textTime(item, attribute);
  const unit = MICROSECONDS[format];
  return (item) => numberIn(item, attribute) * unit;
}

/** A number of an item, NaN where it has none of the name. */
export function numberIn(item: Item, attribute: string): number {
  const value = item[attribute];
  return value !== undefined && 'N' in value ? Number(value.N) : NaN;
}

function textTime(item: Item, attribute: string): number {
  const value = item[attribute];
  return value !== undefined && 'S' in value ? Number(microsecondsOf(value.S)) : NaN;
}
