import type { Item, OnlineReader } from '../online/reader';
import { isTombstone } from '../online/tombstone';
import type { FoundRow, LookupReader } from './lookup-reader';
import type { LookedUpFeaturePlan } from './plan';

/** Looks up in the online store, which has the latest row of every key: whatever the time, it is that one. */
export function onlineLookups(reader: OnlineReader): LookupReader {
  return {
    async read(reads, deadline) {
      const items = await reader.read(
        reads.map(({ table: { tableName, attributes }, keys }) => ({ tableName, attributes, keys })),
        deadline,
      );
      return items.map((found) => found.map((item) => (item === undefined || isTombstone(item) ? undefined : new FoundItem(item))));
    },
  };
}

class FoundItem implements FoundRow {
  constructor(private readonly item: Item) {}

  /** DynamoDB deletes expired items when it finds the time: they are gone when they expire, not some days later. */
  public isGone(time: bigint): boolean {
    return this.item._ttl !== undefined && this.number('_ttl') <= Number(time) / 1_000_000;
  }

  public age(time: bigint): number {
    return Number(time) - this.number('_ts');
  }

  public feature({ attribute, decode }: LookedUpFeaturePlan): unknown {
    const stored = this.item[attribute];
    return stored === undefined ? null : decode(stored);
  }

  private number(attribute: string): number {
    const value = this.item[attribute];
    return value !== undefined && 'N' in value ? Number(value.N) : NaN;
  }
}
