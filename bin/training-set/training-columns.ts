import { deltaTypeOf } from '../../lambda/offline/feature-schema';
import type { FeatureAnswerPlan, Plan } from '../../lambda/serving/plan';
import type { RowColumn, Rows } from '../rows/rows';
import { UserError } from '../terminal/user-error';

/** A column of a training set, and where its values come from. */
export type TrainingColumn = RowColumn &
  /** A column of the labels, by its index. */
  (
    | { readonly of: 'labels'; readonly index: number; readonly value?: (stored: unknown) => unknown }
    /** A column of the plan, by its index. */
    | { readonly of: 'plan'; readonly index: number }
  );

/**
 * The columns of a training set: the columns of the labels, then the other features of the feature spec. For request columns, the values are as
 * serving reads them: with the declared type, and with defaults for missing values.
 * @throws UserError naming each column of the labels that a feature function computes
 */
export function trainingColumns(plan: Plan & { readonly answer: FeatureAnswerPlan }, labels: Rows): TrainingColumn[] {
  const sent = new Map(plan.sent.map(({ column }) => [plan.columns[column]!.name, column]));
  const computed = labels.columns.filter(({ name }) => plan.functions.some(({ output }) => plan.columns[output]!.name === name));
  if (computed.length > 0) {
    const lines = computed.map(
      ({ name }) =>
        `${labels.name}: column '${name}': expected no such column, because a feature function computes it, got: a column of this name`,
    );
    throw new UserError(lines.join('\n'));
  }
  const given = labels.columns.map(({ name, type, value }, index): TrainingColumn => {
    const column = sent.get(name);
    return column === undefined ? { of: 'labels', name, type, index, value } : ofPlan(plan, column);
  });
  const others = plan.answer.columns.filter(({ name }) => given.every((column) => column.name !== name));
  return [...given, ...others.map(({ column }) => ofPlan(plan, column))];
}

function ofPlan({ columns }: Plan, index: number): TrainingColumn {
  const { name, type } = columns[index]!;
  return { of: 'plan', name, type: deltaTypeOf(type), index };
}
