import { cutSlice, type RowPiece, type Rows, type RowSlice } from '../rows/rows';
import type { NumberedPiece } from './score-job';

/** Rows of a piece, or the end of a piece after all of its rows. */
export type PieceEvent = { readonly rows: RowSlice } | { readonly finished: number };

/** Reads pieces in their order. Pieces that follow one another are read at once, because a reader needs time to find the start of a piece. */
export async function* readPieces(input: Rows, pieces: readonly NumberedPiece[]): AsyncGenerator<PieceEvent> {
  let group: NumberedPiece[] = [];
  for (const next of pieces) {
    if (group.length > 0 && joinedPiece(group.at(-1)!.piece, next.piece) === undefined) {
      yield* readGroup(input, group);
      group = [];
    }
    group.push(next);
  }
  if (group.length > 0) yield* readGroup(input, group);
}

async function* readGroup(input: Rows, group: readonly NumberedPiece[]): AsyncGenerator<PieceEvent> {
  const whole = group.map(({ piece }) => piece).reduce((before, piece) => joinedPiece(before, piece)!);
  let current = 0;
  for await (const slice of input.slices(() => undefined, whole)) {
    let rest = slice;
    for (let next = group[current + 1]; next !== undefined && lastLine(rest) >= next.piece.at.line; next = group[current + 1]) {
      const [rows, later] = cutSlice(rest, next.piece.at.line);
      yield { rows };
      yield { finished: group[current++]!.number };
      rest = later;
    }
    yield { rows: rest };
  }
  for (const { number } of group.slice(current)) yield { finished: number };
}

/** Joins two pieces; undefined if the second does not follow the first, or if the numbers of the rows do not tell the pieces apart. */
function joinedPiece({ bytes, at: before }: RowPiece, { bytes: more, at: after }: RowPiece): RowPiece | undefined {
  if (before.end !== after.start || ('file' in before ? before.file : -1) !== ('file' in after ? after.file : -1)) return undefined;
  if ('file' in before && !before.isDense) return undefined;
  return { bytes: bytes + more, at: { ...before, end: after.end } };
}

function lastLine({ lines, rejected }: RowSlice): number {
  return Math.max(lines.at(-1) ?? 0, rejected.at(-1)?.line ?? 0);
}
