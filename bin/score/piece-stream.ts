import type { InputPiece, InputSlice, RowsInput } from '../rows/rows-input';
import type { NumberedPiece } from './score-job';

/** Some rows of a piece; or its end, after all of them. */
export type PieceEvent = { readonly rows: InputSlice } | { readonly ended: number };

/** Reads pieces in their order. Those that follow one another are read as one: to find where each begins takes a reader time. */
export async function* readPieces(input: RowsInput, pieces: readonly NumberedPiece[]): AsyncGenerator<PieceEvent> {
  let open: NumberedPiece[] = [];
  for (const next of pieces) {
    if (open.length > 0 && joinedPiece(open.at(-1)!.piece, next.piece) === undefined) {
      yield* readRun(input, open);
      open = [];
    }
    open.push(next);
  }
  if (open.length > 0) yield* readRun(input, open);
}

async function* readRun(input: RowsInput, run: readonly NumberedPiece[]): AsyncGenerator<PieceEvent> {
  const whole = run.map(({ piece }) => piece).reduce((before, piece) => joinedPiece(before, piece)!);
  let current = 0;
  for await (const slice of input.slices(() => undefined, whole)) {
    let rest = slice;
    for (let next = run[current + 1]; next !== undefined && lastLine(rest) >= next.piece.at.line; next = run[current + 1]) {
      const [own, others] = cut(rest, next.piece.at.line);
      yield { rows: own };
      yield { ended: run[current++]!.number };
      rest = others;
    }
    yield { rows: rest };
  }
  for (const { number } of run.slice(current)) yield { ended: number };
}

/** Two pieces as one; undefined if the second does not follow the first, or if the lines of their rows do not tell them apart. */
function joinedPiece({ bytes, at: before }: InputPiece, { bytes: more, at: after }: InputPiece): InputPiece | undefined {
  if (before.end !== after.start || ('file' in before ? before.file : -1) !== ('file' in after ? after.file : -1)) return undefined;
  if ('file' in before && !before.isDense) return undefined;
  return { bytes: bytes + more, at: { ...before, end: after.end } };
}

function lastLine({ lines, refused }: InputSlice): number {
  return Math.max(lines.at(-1) ?? 0, refused.at(-1)?.line ?? 0);
}

/** The rows before a line, and those from it on. */
function cut({ lines, cells, texts, refused }: InputSlice, line: number): [InputSlice, InputSlice] {
  const at = lines.findIndex((one) => one >= line);
  const row = at < 0 ? lines.length : at;
  const part = (start: number, end: number, isOwn: (refusedLine: number) => boolean): InputSlice => ({
    lines: lines.slice(start, end),
    cells: cells.map((column) => column.slice(start, end)),
    ...(texts !== undefined && { texts: texts.slice(start, end) }),
    refused: refused.filter((one) => isOwn(one.line)),
  });
  return [part(0, row, (own) => own < line), part(row, lines.length, (own) => own >= line)];
}
