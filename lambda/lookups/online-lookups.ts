import { numberIn } from '../online/event-time';
import type { Item, OnlineReader } from '../online/reader';
import { isTombstone } from '../online/tombstone';
import type { FoundRow, LookupReader } from './lookup-reader';
import type { LookedUpFeaturePlan, LookedUpTablePlan } from './lookup-plan';

/** Looks up in the online store. It has only the latest row of a key, so the time of a lookup does not matter. */
export function onlineLookups(reader: OnlineReader): LookupReader {
  return {
    async read(reads, deadline) {
      const items = await reader.read(
        reads.map(({ table: { spec, tableName, attributes }, keys }) => ({ tableName, key: spec.existing?.key, attributes, keys })),
        deadline,
      );
      return items.map((found, i) => found.map((item) => rowOf(reads[i]!.table, item)));
    },
  };
}

/** Only online stores that this library writes have tombstones and expiring rows. */
function rowOf(table: LookedUpTablePlan, item: Item | undefined): FoundRow | undefined {
  if (item === undefined || (table.spec.existing === undefined && isTombstone(item))) return undefined;
  return new FoundItem(table, item);
}

class FoundItem implements FoundRow {
  constructor(
    private readonly table: LookedUpTablePlan,
    private readonly item: Item,
  ) {}

  /** DynamoDB may delete an expired item days later. */
  public isExpired(time: bigint): boolean {
    return this.table.spec.existing === undefined && numberIn(this.item, '_ttl') <= Number(time) / 1_000_000;
  }

  public age(time: bigint): number {
    return Number(time) - this.table.eventTimeOf(this.item);
  }

  public feature({ attribute, decode }: LookedUpFeaturePlan): unknown {
    const stored = this.item[attribute];
    return stored === undefined ? null : decode(stored);
  }
}
