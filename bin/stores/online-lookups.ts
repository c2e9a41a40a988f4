import type { LookupReader } from '../../lambda/lookups/lookup-reader';
import { onlineLookups } from '../../lambda/lookups/online-lookups';
import { onlineReader } from '../../lambda/online/dynamodb-reader';
import { PROCESS_IO } from '../../lambda/process-io';
import type { Item, OnlineReader, TableRead } from '../../lambda/online/reader';
import { dynamoDbCallAt, type OnlinePlace } from './online-store';

/** How many keys are read at once, and how long that may take, in milliseconds. */
const GROUP_KEYS = 3_200;
const DEADLINE = 60_000;

/** Looks up in the online store of one feature table, with the time that a batch has. */
export async function openOnlineLookups({ at, tableName }: OnlinePlace): Promise<LookupReader> {
  const reader = onlineReader(await dynamoDbCallAt(at), PROCESS_IO);
  return onlineLookups({
    async read(reads) {
      const found: (Item | undefined)[][] = [];
      // a plan that is made on this machine has the table's name in the spec, not its physical one
      for (const read of reads) found.push(await readInGroups(reader, { ...read, tableName }));
      return found;
    },
  });
}

/** Reads keys group by group, because a read starts all of its calls at once. */
async function readInGroups(reader: OnlineReader, read: TableRead): Promise<(Item | undefined)[]> {
  const items: (Item | undefined)[] = [];
  for (let start = 0; start < read.keys.length; start += GROUP_KEYS) {
    const keys = read.keys.slice(start, start + GROUP_KEYS);
    for (const item of (await reader.read([{ ...read, keys }], Date.now() + DEADLINE))[0]!) items.push(item);
  }
  return items;
}
