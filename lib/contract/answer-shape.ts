import { type ColumnSpec, isArray } from './data-types';
import { type ServedEntitySpec } from './endpoint-spec';
import { type Finding } from './finding';
import { type AnsweredOutput, answeredOutputs } from './model-cases';

/** A served entity, and the columns that a feature spec answers. */
export interface AnsweringEntity {
  readonly spec: ServedEntitySpec;
  readonly answeredColumns: readonly ColumnSpec[];
}

/** Checks that all entities of a split have the outputs of the first one, because a caller does not choose which entity answers. */
export function checkSameAnswers(entities: readonly AnsweringEntity[]): Finding[] {
  const [first, ...others] = entities;
  if (first === undefined) return [];
  return others
    .filter((other) => !isSameAnswer(first, other))
    .map((other) => ({
      path: `served entity '${other.spec.name}'`,
      expected: `the outputs of '${first.spec.name}', with which it shares traffic: ${answerText(first)}`,
      got: answerText(other),
    }));
}

function isSameAnswer(one: AnsweringEntity, other: AnsweringEntity): boolean {
  const [outputs, others] = [outputsOf(one), outputsOf(other)];
  if (one.spec.kind !== other.spec.kind || outputs.length !== others.length) return false;
  return outputs.every((output) => others.some((another) => another.name === output.name && isSameOutput(output, another)));
}

/** Whether two outputs have the same form. An unknown rank or unknown classes match any. */
function isSameOutput(one: AnsweredOutput, other: AnsweredOutput): boolean {
  const isSameRank = one.rank === undefined || other.rank === undefined || one.rank === other.rank;
  const isSameOrder =
    one.classNames === undefined || other.classNames === undefined || JSON.stringify(one.classNames) === JSON.stringify(other.classNames);
  return one.element === other.element && isSameRank && isSameOrder && JSON.stringify(one.classes) === JSON.stringify(other.classes);
}

function outputsOf({ spec, answeredColumns }: AnsweringEntity): AnsweredOutput[] {
  if (spec.kind === 'model') return answeredOutputs(spec.model);
  return answeredColumns.map(({ name, type }) =>
    isArray(type)
      ? { name, element: type.element, nullable: true, rank: type.shape.length }
      : { name, element: type, nullable: true, rank: 0 },
  );
}

function answerText(entity: AnsweringEntity): string {
  return `${entity.spec.kind === 'model' ? 'predictions' : 'features'} of ${outputsOf(entity).map(outputText).join(', ')}`;
}

function outputText({ name, element, rank, classes, classNames }: AnsweredOutput): string {
  if (classes !== undefined) return `'${name}': ${element} by ${classes.join(', ')}`;
  const order = classNames === undefined ? '' : ` for ${classNames.join(', ')}`;
  return `'${name}': ${element}${rank === 0 ? '' : rank === undefined ? ' of unknown rank' : ` of rank ${rank}`}${order}`;
}
