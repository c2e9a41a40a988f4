/** The HTTP status of each error code; MLflow and Databricks use the same codes. */
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

/** A place in the request, and what was expected there. */
export interface RefusalPlace {
  readonly row?: number;
  readonly column?: string;
  readonly expected: string;
  readonly got: string;
  /** The other columns of the row that have a fault. */
  readonly others?: readonly ColumnFault[];
}

/** A column, and what was expected there. */
export interface ColumnFault {
  readonly column: string;
  readonly expected: string;
  readonly got: string;
}

/** Options of a refusal. */
export interface RefusalOptions {
  readonly cause?: unknown;
  /** The HTTP status, if it differs from the code's status. */
  readonly status?: number;
  /** Gives the refusals of other rows that have the same fault. */
  readonly alike?: () => readonly Refusal[];
  /** Whether a feature function is at fault, so that the log must say why and the fault is counted. */
  readonly isFunctionFault?: boolean;
}

/** The most faults of a row that a message names. */
export const MOST_FAULTS = 10;

/** Thrown for a request that cannot be answered; the caller may read the message. */
export class Refusal extends Error {
  /** The first row's refusal if several rows have the same fault; `alike` holds the refusals of the other rows. */
  public static atRows<Fault>(faults: readonly Fault[], placeOf: (fault: Fault) => RefusalPlace): Refusal {
    const refusalOf = (fault: Fault, alike?: () => readonly Refusal[]) => new Refusal('INVALID_PARAMETER_VALUE', placeOf(fault), { alike });
    return refusalOf(faults[0]!, () => faults.slice(1).map((fault) => refusalOf(fault)));
  }

  public override readonly name = 'Refusal';
  public readonly row: number | undefined;
  public readonly column: string | undefined;
  /** The expected value and the received value, without row and column. */
  public readonly detail: string;
  /** Gives the refusals of other rows that have the same fault: a batch sets them aside together. */
  public readonly alike: () => readonly Refusal[];
  /** The HTTP status: the code's status, or 404, 405, 413 or 415. */
  public readonly status: number;
  /** Whether a feature function is at fault. */
  public readonly isFunctionFault: boolean;

  constructor(
    public readonly code: ErrorCode,
    private readonly reason: string | RefusalPlace,
    private readonly options: RefusalOptions = {},
  ) {
    super(typeof reason === 'string' ? reason : placeText(reason), { cause: options.cause });
    this.status = options.status ?? STATUS_OF[code];
    this.alike = options.alike ?? (() => []);
    this.isFunctionFault = options.isFunctionFault ?? false;
    this.detail = typeof reason === 'string' ? reason : detailText(reason);
    if (typeof reason !== 'string') {
      this.row = reason.row;
      this.column = reason.column;
    }
  }

  /** The same refusal for a row with another number. */
  public inRow(row: number): Refusal {
    const { code, reason, options } = this;
    return new Refusal(code, typeof reason === 'string' ? reason : { ...reason, row }, { ...options, alike: undefined });
  }
}

function placeText(place: RefusalPlace): string {
  const { row, column } = place;
  const where = [row === undefined ? [] : `row ${row}`, column === undefined ? [] : `column '${column}'`].flat().join(', ');
  return `${where === '' ? '' : `${where}: `}${detailText(place)}`;
}

function detailText({ expected, got, others = [] }: RefusalPlace): string {
  const faults = others.map(({ column, ...fault }) => `; column '${column}': expected ${fault.expected}, got: ${fault.got}`);
  return `expected ${expected}, got: ${got}${faults.join('')}`;
}
