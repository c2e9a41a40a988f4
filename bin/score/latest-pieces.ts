import { readDeletedRows } from '../../lambda/delta/deletion-vector';
import { readRowsOf } from '../../lambda/offline/feature-rows';
import { inOrder } from '../../lambda/delta/data-file';
import type { ObjectStore } from '../../lambda/stores/object-store';
import { withFeatures } from '../../lambda/lookups/offline-lookups';
import type { DataFile } from '../../lambda/delta/data-file';
import type { Snapshot } from '../../lambda/delta/snapshot';
import { LEAD_SECONDS } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { RowPiece, StoredRange } from '../rows/rows';
import { PIECE_ROWS } from '../rows/typed-rows';

interface Place {
  readonly eventTime: bigint | undefined;
  readonly file: DataFile;
  readonly number: number;
}

/**
 * Takes from pieces of a feature table all rows but the latest row of each key, as the online store has it at a time. Memory holds each key and
 * the place of its row.
 * @param pieces the pieces of all rows, in the order of the snapshot's files
 * @param clock in milliseconds since 1970
 */
export async function latestPieces(
  store: ObjectStore,
  snapshot: Snapshot,
  table: TableSpec,
  pieces: readonly RowPiece[],
  clock: number,
): Promise<RowPiece[]> {
  const last = BigInt(clock) * 1000n + BigInt(LEAD_SECONDS) * 1_000_000n;
  const latest = new Map<string, Place>();
  for (const file of inOrder(snapshot.files)) {
    for await (const { number, key, eventTime } of keysOf(store, snapshot, file, table)) {
      if (eventTime !== undefined && eventTime > last) continue;
      const before = latest.get(key);
      if (before?.eventTime !== undefined && before.eventTime > eventTime!) continue;
      latest.set(key, { eventTime, file, number });
    }
  }
  const kept = new Map<DataFile, Set<number>>(snapshot.files.map((file) => [file, new Set()]));
  for (const { file, number } of latest.values()) kept.get(file)!.add(number);
  return joinPieces(
    pieces.map(({ bytes, at }) => {
      const piece = at as StoredRange;
      const latestRows = kept.get(snapshot.files[piece.file]!)!;
      const numbers = Array.from({ length: piece.end - piece.start }, (_, row) => piece.start + row);
      return { bytes, at: { ...piece, skipped: numbers.filter((number) => !latestRows.has(number)), isDense: false } };
    }),
  );
}

/** A piece with rows that are skipped. */
interface SparsePiece extends RowPiece {
  readonly at: StoredRange & { readonly skipped: readonly number[] };
}

/**
 * Joins pieces that follow one another in a file, up to the number of rows of a piece. Fewer pieces are faster, because a large table is read
 * once for the lookups of each piece.
 */
function joinPieces(pieces: readonly SparsePiece[]): SparsePiece[] {
  const joined: SparsePiece[] = [];
  for (const piece of pieces) {
    const before = joined.at(-1);
    const isNext = before?.at.file === piece.at.file && rowsOf(before) + rowsOf(piece) <= PIECE_ROWS;
    if (before === undefined || !isNext) joined.push(piece);
    else joined[joined.length - 1] = joinTwo(before, piece);
  }
  return joined;
}

function joinTwo(before: SparsePiece, { bytes, at }: SparsePiece): SparsePiece {
  const skipped = [...before.at.skipped, ...at.skipped];
  return { bytes: before.bytes + bytes, at: { ...before.at, end: at.end, skipped } };
}

function rowsOf({ at: { start, end, skipped } }: SparsePiece): number {
  return end - start - skipped.length;
}

/** Reads the keys of a file's rows, with the index of each row in the file; deleted rows are counted. */
async function* keysOf(
  store: ObjectStore,
  snapshot: Snapshot,
  file: DataFile,
  table: TableSpec,
): AsyncGenerator<{ readonly number: number; readonly key: string; readonly eventTime: bigint | undefined }> {
  const deleted = new Set(file.deletionVector === undefined ? [] : await readDeletedRows(store, file.deletionVector));
  const whole = { ...file, deletionVector: undefined };
  for await (const slice of readRowsOf(store, snapshot, whole, withFeatures(table, []), () => true)) {
    for (const { row, number } of slice) if (!deleted.has(number)) yield { number, key: row.key, eventTime: row.eventTime };
  }
}
