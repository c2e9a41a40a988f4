import { deltaTypeOf } from '../../lambda/offline/feature-schema';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { valueReader } from '../../lambda/protocols/read-value';
import { converts } from '../../lib/contract/conversions';
import { type ColumnSpec, type DataType, typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { RowsInput } from '../rows/rows-input';
import type { OutputColumn } from '../rows/part-format';
import { UserError } from '../terminal/user-error';
import { type PredictionColumn, writtenColumn } from './prediction-columns';

/** A column of scored rows, and where its values are, as one process tells another. */
export type ScoreColumn = OutputColumn &
  (
    | { readonly of: 'input'; readonly place: number }
    /** Cells of the input as values of a feature table's column. */
    | { readonly of: 'key' | 'feature'; readonly place: number; readonly as: DataType }
    | { readonly of: 'prediction'; readonly prediction: PredictionColumn; readonly as: DataType }
    /** The time of the run. */
    | { readonly of: 'clock' }
  );

/**
 * The columns of a file: those of the input as they are, then the predictions.
 * @throws UserError naming a column of the input that has a prediction's name
 */
export function fileColumns(input: RowsInput, predictions: readonly PredictionColumn[]): ScoreColumn[] {
  const own = input.columns.map(({ name, type }, place): ScoreColumn => ({ of: 'input', name, type, place }));
  const same = predictions.filter((prediction) => own.some(({ name }) => name === prediction.name));
  if (same.length > 0) {
    const lines = same.map(({ name }) => `${input.name}: column '${name}': expected no such column, because predictions get it, got: one`);
    throw new UserError(lines.join('\n'));
  }
  return [
    ...own,
    ...predictions.map((prediction): ScoreColumn => ({ of: 'prediction', ...writtenColumn(prediction), prediction, as: prediction.type })),
  ];
}

/**
 * The columns of a feature table: each is a prediction of its name, else a column of the input. A timestamp key that the input does not have is
 * the time of the run; the only prediction may be the only feature that there is nothing else for.
 * @throws UserError naming each column that there is nothing for, or something of another type
 */
export function tableColumns(table: TableSpec, input: RowsInput, predictions: readonly PredictionColumn[]): ScoreColumn[] {
  const isGiven = ({ name }: ColumnSpec) => [...input.columns, ...predictions].some((column) => column.name === name);
  const left = table.features.filter((feature) => !isGiven(feature));
  const only = predictions.length === 1 && left.length === 1 ? left[0] : undefined;
  const problems: string[] = [];
  const columns = [...table.primaryKey, ...(table.timestampKey === undefined ? [] : [table.timestampKey]), ...table.features].flatMap(
    (column): ScoreColumn[] => {
      const { name, type } = column;
      const written = { name, type: deltaTypeOf(type) };
      const prediction = column === only ? predictions[0] : predictions.find((one) => one.name === name);
      if (prediction !== undefined) {
        if (converts(prediction.type, type)) return [{ of: 'prediction', ...written, prediction, as: type }];
        problems.push(`column '${name}' of ${table.name}: expected ${typeText(type)}, got: ${typeText(prediction.type)} from the model`);
        return [];
      }
      const place = input.columns.findIndex((one) => one.name === name);
      if (place >= 0) {
        const cells = input.columns[place]!;
        const isFeature = table.features.includes(column);
        if (input.cellReader(cells, type, valueReader(type)) !== undefined)
          return [{ of: isFeature ? 'feature' : 'key', ...written, place, as: type }];
        problems.push(`${input.name}: column '${name}': expected ${typeText(type)}, got: ${fieldTypeText(cells.type)}`);
        return [];
      }
      if (column === table.timestampKey) return [{ of: 'clock', ...written }];
      if (column.nullable || column.defaultValue !== undefined) return [];
      problems.push(`column '${name}' of ${table.name}: expected a column of ${input.name} or a prediction of this name, got: neither`);
      return [];
    },
  );
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  if (!columns.some(({ of }) => of === 'prediction')) {
    const names = predictions.map(({ name }) => `'${name}'`).join(', ');
    throw new UserError(`expected a feature of ${table.name} that a prediction goes into, got: none for ${names}`);
  }
  return columns;
}
