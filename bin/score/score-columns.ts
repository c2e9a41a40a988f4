import { deltaTypeOf } from '../../lambda/offline/feature-schema';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { valueReader } from '../../lambda/protocols/read-value';
import { converts } from '../../lib/contract/conversions';
import { type ColumnSpec, type DataType, typeText } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { foundColumnsLine } from '../rows/found-columns';
import type { RowColumn, Rows } from '../rows/rows';
import { UserError } from '../terminal/user-error';
import type { PredictionColumn } from './predictions';

/** A column of the output, and where its values come from. It is plain data, so it can be sent to another process. */
export type ScoreColumn = RowColumn &
  /** A column of the input, by its index. */
  (
    | { readonly of: 'input'; readonly index: number }
    /** A column of the input, with the type of a feature table's column. */
    | { readonly of: 'key' | 'feature'; readonly index: number; readonly as: DataType }
    | { readonly of: 'prediction'; readonly prediction: PredictionColumn; readonly as: DataType }
    /** The name of the served entity that scored the row. */
    | { readonly of: 'entity' }
    /** The time at which the run started. */
    | { readonly of: 'clock' }
  );

/** The column with the served entity of each row, if several share the traffic. */
const ENTITY = 'served_entity';

/**
 * The columns of an output file: the columns of the input, then the predictions and, for a split, the served entity.
 * @throws UserError naming each column of the input that has the name of a prediction
 */
export function fileColumns(input: Rows, predictions: readonly PredictionColumn[], isSplit: boolean): ScoreColumn[] {
  const copied = input.columns.map(({ name, type }, index): ScoreColumn => ({ of: 'input', name, type, index }));
  const added = [...predictions.map(({ name }) => name), ...(isSplit ? [ENTITY] : [])];
  const same = copied.filter(({ name }) => added.includes(name));
  if (same.length > 0) {
    const lines = same.map(
      ({ name }) =>
        `${input.name}: column '${name}': expected no such column, because it is the name of a prediction, got: a column of this name; rename it`,
    );
    throw new UserError(lines.join('\n'));
  }
  return [
    ...copied,
    ...predictions.map((prediction): ScoreColumn => {
      const { name, type } = prediction;
      return { of: 'prediction', name, type: deltaTypeOf(type), prediction, as: type };
    }),
    ...(isSplit ? [{ of: 'entity', name: ENTITY, type: 'string' } as const] : []),
  ];
}

/**
 * The columns to write if the output is a feature table. Each column is the prediction with its name, or else the input column with its name. A
 * timestamp key that the input lacks is the time of the run. A single prediction goes to the only feature that the input lacks, whatever its
 * name. For a split, a feature `served_entity` is the served entity.
 * @throws UserError naming each column that has no values, or values of another type
 */
export function tableColumns(table: TableSpec, input: Rows, predictions: readonly PredictionColumn[], isSplit: boolean): ScoreColumn[] {
  const isEntity = ({ name, type }: ColumnSpec) => isSplit && name === ENTITY && type === 'string';
  const isGiven = (feature: ColumnSpec) =>
    isEntity(feature) || [...input.columns, ...predictions].some((column) => column.name === feature.name);
  const lacking = table.features.filter((feature) => !isGiven(feature));
  const only = predictions.length === 1 && lacking.length === 1 ? lacking[0] : undefined;
  const problems: string[] = [];
  const missing: string[] = [];
  const columns = [...table.primaryKey, ...(table.timestampKey === undefined ? [] : [table.timestampKey]), ...table.features].flatMap(
    (column): ScoreColumn[] => {
      const { name, type } = column;
      const written = { name, type: deltaTypeOf(type) };
      if (isEntity(column)) return [{ of: 'entity', ...written }];
      const prediction = column === only ? predictions[0] : predictions.find((one) => one.name === name);
      if (prediction !== undefined) {
        if (converts(prediction.type, type)) return [{ of: 'prediction', ...written, prediction, as: type }];
        problems.push(`column '${name}' of ${table.name}: expected ${typeText(type)}, got: ${typeText(prediction.type)} from the model`);
        return [];
      }
      const index = input.columns.findIndex((one) => one.name === name);
      if (index >= 0) {
        const source = input.columns[index]!;
        const isFeature = table.features.includes(column);
        if (input.valueReader(source, type, valueReader(type)) !== undefined)
          return [{ of: isFeature ? 'feature' : 'key', ...written, index, as: type }];
        problems.push(`${input.name}: column '${name}': expected ${typeText(type)}, got: ${fieldTypeText(source.type)}`);
        return [];
      }
      if (column === table.timestampKey) return [{ of: 'clock', ...written }];
      if (column.nullable || column.defaultValue !== undefined) return [];
      problems.push(`column '${name}' of ${table.name}: expected a column of ${input.name} or a prediction of this name, got: neither`);
      missing.push(name);
      return [];
    },
  );
  if (missing.length > 0) problems.push(foundColumnsLine(input, missing));
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  if (!columns.some(({ of }) => of === 'prediction')) {
    const names = predictions.map(({ name }) => `'${name}'`).join(', ');
    throw new UserError(`expected a feature of ${table.name} for a prediction, got: none for ${names}`);
  }
  return columns;
}
