// A process that materializes the table that make_large.py made, and says what came of it and how much memory it took, as JSON. The online store
// takes every row, keeps the state in a file, and has as many rows as is said, of version 0.
//
//   materialize-large.ts FOLDER STATE MODE STORED
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { materialize } from '../../../lambda/materialization/materialize';
import { STATE_KEY } from '../../../lambda/materialization/state';
import { FolderStore } from '../../../lambda/stores/folder-store';
import type { JsonCall } from '../../../lambda/aws/json-call';
import { OnlineTable } from '../../../lambda/online/online-table';
import type { Item } from '../../../lambda/online/reader';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { type MaterializationSpec, TABLE_DOCUMENT_VERSION, type TableDocument } from '../../../lib/contract/table-document';

const TABLE: TableSpec = {
  name: 'houses',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'updated_at', type: 'timestamp' },
  features: [{ name: 'rooms', type: 'integer' }, ...[0, 1, 2, 3, 4].map((i) => ({ name: `feature_${i}`, type: 'double' as const }))],
};

/** How many items a page of a scan has. */
const PAGE = 8192;

const itemOf = (n: number): Item => ({
  _key: { S: `house-${String(n).padStart(9, '0')}` },
  _ts: { N: String(1_700_000_000_000_000 + n) },
  _v: { N: '0' },
});
const numberOf = (key: string) => Number(key.slice('house-'.length));

function storeOf(stateFile: string, stored: number): JsonCall {
  const found = (key: string): Item | undefined => {
    if (key === STATE_KEY) return existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as Item) : undefined;
    return numberOf(key) < stored ? itemOf(numberOf(key)) : undefined;
  };
  const operations: Record<string, (input: never) => unknown> = {
    PutItem({ Item: item }: { Item: { _key: { S: string } } }) {
      if (item._key.S === STATE_KEY) writeFileSync(stateFile, JSON.stringify(item));
      return {};
    },
    BatchGetItem({ RequestItems }: { RequestItems: { houses: { Keys: { _key: { S: string } }[] } } }) {
      return { Responses: { houses: RequestItems.houses.Keys.map(({ _key }) => found(_key.S)).filter((item) => item !== undefined) } };
    },
    Scan({ ExclusiveStartKey: start }: { ExclusiveStartKey?: { _key: { S: string } } }) {
      const first = start === undefined ? 0 : numberOf(start._key.S) + 1;
      const Items = Array.from({ length: Math.min(PAGE, stored - first) }, (_, i) => itemOf(first + i));
      return { Items, ...(first + PAGE < stored && { LastEvaluatedKey: Items.at(-1) }) };
    },
  };
  return (operation, body) => Promise.resolve({ kind: 'answered', result: operations[operation]!(JSON.parse(body) as never) });
}

async function main([folder, stateFile, mode, stored]: string[]): Promise<void> {
  const online = new OnlineTable({ call: storeOf(stateFile!, Number(stored)), random: () => 0, sleep: () => Promise.resolve() }, 'houses');
  const materialization = { mode: mode as MaterializationSpec['mode'], tombstoneSeconds: 1 };
  const document: TableDocument = { documentVersion: TABLE_DOCUMENT_VERSION, table: TABLE, offlineStore: { prefix: '' }, materialization };
  const io = { offline: new FolderStore(folder!), online, now: Date.now, log: () => undefined };
  const { from, to, rowsWritten, rowsDeleted, rowsRejected } = await materialize(document, io);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ from, to, rowsWritten, rowsDeleted, rowsRejected, megabytes }));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
