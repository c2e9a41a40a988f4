import { type CheckRows, rowChecker } from './check-rows';
import { type TableShape } from './data-file-writer';
import { type Slice } from '../parquet/parquet-file';
import { describeStored, TableError } from '../stores/table-error';

/** Rows that are given to be written, checked and in the form of the table. */
export class CheckedRows {
  /** How many rows were taken. */
  public rowCount = 0;
  private readonly sources: readonly number[];
  private readonly check: CheckRows;

  /**
   * @param columns names of the columns that the rows have; undefined for the table's
   * @throws TableError naming the column that the table does not have
   */
  constructor(
    { schema, partitionColumns }: TableShape,
    private readonly columns: readonly string[] = schema.fields.map(({ name }) => name),
  ) {
    const names = schema.fields.map(({ name }) => name);
    const unknown = columns.find((column, i) => !names.includes(column) || columns.indexOf(column) !== i);
    if (unknown !== undefined) throw new TableError(`expected columns of the table, each once, got: ${describeStored(unknown)}`);
    this.sources = names.map((name) => columns.indexOf(name));
    this.check = rowChecker(schema.fields, partitionColumns);
  }

  /** Some rows with all columns of the table. @throws TableError naming row and column of a value that the table does not take */
  public take({ rowCount, columns: given }: Slice): Slice {
    if (given.length !== this.columns.length) throw new TableError(`expected rows of ${this.columns.length} columns, got: ${given.length}`);
    const columns = this.sources.map((source) => (source < 0 ? new Array<unknown>(rowCount).fill(null) : given[source]!));
    const slice = { rowCount, columns };
    this.check(slice, this.rowCount);
    this.rowCount += rowCount;
    return slice;
  }
}
