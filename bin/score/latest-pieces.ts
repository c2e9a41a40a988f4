import { readDeletedRows } from '../../lambda/delta/deletion-vector';
import { readRowsOf } from '../../lambda/offline/feature-rows';
import { inOrder } from '../../lambda/delta/data-file';
import type { ObjectStore } from '../../lambda/stores/object-store';
import { withFeatures } from '../../lambda/lookups/offline-lookups';
import type { DataFile } from '../../lambda/delta/data-file';
import type { Snapshot } from '../../lambda/delta/snapshot';
import { LEAD_SECONDS } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { InputPiece, TypedPiece } from '../rows/rows-input';
import { PIECE_ROWS } from '../rows/typed-input';

interface Place {
  readonly eventTime: bigint | undefined;
  readonly file: DataFile;
  readonly number: number;
}

/**
 * The pieces of a feature table without the rows that are not the latest of their key, as the online store would have them at a time. Of each
 * key its text and the place of its row are held.
 * @param pieces those of all rows, of the files in the order of the snapshot
 * @param clock in milliseconds since 1970
 */
export async function latestPieces(
  store: ObjectStore,
  snapshot: Snapshot,
  table: TableSpec,
  pieces: readonly InputPiece[],
  clock: number,
): Promise<InputPiece[]> {
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
  return inOne(
    pieces.map(({ bytes, at }) => {
      const piece = at as TypedPiece;
      const own = kept.get(snapshot.files[piece.file]!)!;
      const numbers = Array.from({ length: piece.end - piece.start }, (_, row) => piece.start + row);
      return { bytes, at: { ...piece, leftOut: numbers.filter((number) => !own.has(number)), isDense: false } };
    }),
  );
}

/** A piece of which rows are left out. */
interface ThinPiece extends InputPiece {
  readonly at: TypedPiece & { readonly leftOut: readonly number[] };
}

/**
 * Pieces that follow one another in a file are made one, as long as that has no more rows than a piece may have: a large table in which the rows
 * of a piece are looked up is read for each.
 */
function inOne(pieces: readonly ThinPiece[]): ThinPiece[] {
  const joined: ThinPiece[] = [];
  for (const piece of pieces) {
    const before = joined.at(-1);
    const isNext = before?.at.file === piece.at.file && rowsOf(before) + rowsOf(piece) <= PIECE_ROWS;
    if (before === undefined || !isNext) joined.push(piece);
    else joined[joined.length - 1] = joinOf(before, piece);
  }
  return joined;
}

function joinOf(before: ThinPiece, { bytes, at }: ThinPiece): ThinPiece {
  const leftOut = [...before.at.leftOut, ...at.leftOut];
  return { bytes: before.bytes + bytes, at: { ...before.at, end: at.end, leftOut } };
}

function rowsOf({ at: { start, end, leftOut } }: ThinPiece): number {
  return end - start - leftOut.length;
}

/** The keys of a file's rows, with the numbers that they have in the file, deleted rows counted. */
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
