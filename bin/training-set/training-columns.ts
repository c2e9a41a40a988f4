import { deltaTypeOf } from '../../lambda/offline/feature-schema';
import type { FeatureAnswerPlan, Plan } from '../../lambda/serving/plan';
import type { RowsInput } from '../rows/rows-input';
import type { OutputColumn } from '../rows/part-format';
import { UserError } from '../terminal/user-error';

/** A column of a training set, and where its values are. */
export type TrainingColumn = OutputColumn &
  (
    | { readonly of: 'labels'; readonly place: number; readonly value?: (cell: unknown) => unknown }
    /** As serving knows it, under the plan's index. */
    | { readonly of: 'plan'; readonly index: number }
  );

/**
 * The columns of a training set: those of the labels, then what the feature spec gives beside them. Columns of the labels that a request would
 * send have the values that serving makes of them: of their type, with the default in the place of a missing one.
 * @throws UserError naming a column of the labels that the feature spec computes
 */
export function trainingColumns(plan: Plan & { readonly answer: FeatureAnswerPlan }, labels: RowsInput): TrainingColumn[] {
  const sent = new Map(plan.sent.map(({ column }) => [plan.columns[column]!.name, column]));
  const computed = labels.columns.filter(({ name }) => plan.functions.some(({ output }) => plan.columns[output]!.name === name));
  if (computed.length > 0) {
    const lines = computed.map(
      ({ name }) => `${labels.name}: column '${name}': expected no such column, because a feature function gives it, got: one`,
    );
    throw new UserError(lines.join('\n'));
  }
  const own = labels.columns.map(({ name, type, value }, place): TrainingColumn => {
    const index = sent.get(name);
    return index === undefined ? { of: 'labels', name, type, place, value } : ofPlan(plan, index);
  });
  const given = plan.answer.columns.filter(({ name }) => own.every((column) => column.name !== name));
  return [...own, ...given.map(({ column }) => ofPlan(plan, column))];
}

function ofPlan({ columns }: Plan, index: number): TrainingColumn {
  const { name, type } = columns[index]!;
  return { of: 'plan', name, type: deltaTypeOf(type), index };
}
