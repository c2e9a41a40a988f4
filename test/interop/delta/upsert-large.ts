// Upserts rows into the table of make_large.py. Prints the outcome and the memory as JSON.
//
//   upsert-large.ts FOLDER FIRST STEP ROWS      the ids FIRST, FIRST + STEP and so on; odd ids are new
import { FolderStore } from '../../../lambda/stores/folder-store';
import { type Slice } from '../../../lambda/parquet/file';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { tableWriterIo } from '../../../lambda/delta/writer-io';

const SLICE = 4096;
const FEATURES = [0, 1, 2, 3, 4];

async function main([folder, ...numbers]: string[]): Promise<void> {
  const [first, step, count] = numbers.map(Number) as [number, number, number];
  const rows = async function* (): AsyncGenerator<Slice> {
    for (let start = 0; start < count; start += SLICE) {
      const ids = Array.from({ length: Math.min(SLICE, count - start) }, (_, i) => first + (start + i) * step);
      const id = ids.map((number) => `house-${String(number).padStart(9, '0')}${number % 2 === 0 ? '' : ' new'}`);
      const updatedAt = ids.map((number) => 1_700_000_000_000_000n + BigInt(number));
      yield { rowCount: ids.length, columns: [id, updatedAt, ids.map(() => 77), ...FEATURES.map((i) => ids.map((number) => number + i))] };
    }
  };
  const outcome = await upsertRows(tableWriterIo(new FolderStore(folder!)), { key: ['id'], rows });
  console.log(JSON.stringify({ ...outcome, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
