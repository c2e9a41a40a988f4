/** The status of each error code that our code answers with; the codes are MLflow's and Databricks'. */
export const STATUS_OF = {
  INVALID_PARAMETER_VALUE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

/** Why a request was refused. */
export type ErrorCode = keyof typeof STATUS_OF;

/** Where in the request, and what was expected there. */
export interface RefusalPlace {
  readonly row?: number;
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
}

/** A request that cannot be answered, for a reason that its sender may read. */
export class Refusal extends Error {
  /** That of the first of some rows that lack the same, of which one is enough to refuse a request. It knows those of the others. */
  public static ofFirst<Lacking>(rows: readonly Lacking[], placeOf: (lacking: Lacking) => RefusalPlace): Refusal {
    const refusalOf = (lacking: Lacking, alike?: () => readonly Refusal[]) =>
      new Refusal('INVALID_PARAMETER_VALUE', placeOf(lacking), { alike });
    return refusalOf(rows[0]!, () => rows.slice(1).map((lacking) => refusalOf(lacking)));
  }

  public override readonly name = 'Refusal';
  public readonly row: number | undefined;
  public readonly column: string | undefined;
  /** What was expected and what came, without the place. */
  public readonly detail: string;
  /** The refusals of other rows that lack the same. */
  public readonly alike: () => readonly Refusal[];
  /** The HTTP status, when it is not the code's own (404, 405, 413 and 415 by the shell). */
  public readonly status: number;

  constructor(
    public readonly code: ErrorCode,
    private readonly reason: string | RefusalPlace,
    options: { cause?: unknown; status?: number; alike?: () => readonly Refusal[] } = {},
  ) {
    super(typeof reason === 'string' ? reason : placeText(reason), { cause: options.cause });
    this.status = options.status ?? STATUS_OF[code];
    this.alike = options.alike ?? (() => []);
    this.detail = typeof reason === 'string' ? reason : detailText(reason);
    if (typeof reason !== 'string') {
      this.row = reason.row;
      this.column = reason.column;
    }
  }

  /** The same refusal, where the row has another number. */
  public inRow(row: number): Refusal {
    const { code, reason, cause, status } = this;
    return new Refusal(code, typeof reason === 'string' ? reason : { ...reason, row }, { cause, status });
  }
}

function placeText(place: RefusalPlace): string {
  const { row, column } = place;
  const where = [row === undefined ? [] : `row ${row}`, column === undefined ? [] : `column '${column}'`].flat().join(', ');
  return `${where === '' ? '' : `${where}: `}${detailText(place)}`;
}

function detailText({ expected, got }: RefusalPlace): string {
  return `expected ${expected}, got: ${got}`;
}
