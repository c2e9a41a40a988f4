import { converts, feedsTensor } from '../contract/conversions';
import { type ColumnSpec, isArray, typeText } from '../contract/data-types';
import type { ModelInputSpec, RoutineSpec } from '../contract/endpoint-spec';
import { defaultValueProblem } from '../contract/json-values';
import { ROUTINE_STEPS, stepText } from '../contract/version-columns';
import { type Finding, namesText } from '../contract/finding';

type Routine = Omit<RoutineSpec, 'file'>;

/** Checks the columns of a routine: their names, and that the outputs of preprocess convert to the model's columns. */
export function checkRoutine(routine: Routine, inputs: readonly ModelInputSpec[]): Finding[] {
  const { name, preprocess } = routine;
  return [
    ...ROUTINE_STEPS.flatMap((step) => {
      const spec = routine[step];
      const path = stepText(step, name);
      if (spec === undefined) return [];
      return [
        ...checkNames(`${path}, \`inputs\``, spec.inputs),
        ...(spec.outputs.length === 0 ? [{ path: `${path}, \`outputs\``, expected: 'at least one column', got: 'none' }] : []),
        ...checkNames(`${path}, \`outputs\``, spec.outputs),
      ];
    }),
    ...(preprocess?.outputs ?? []).flatMap((output) =>
      checkFeed(`${stepText('preprocess', name)}, output '${output.name}'`, output, inputs),
    ),
  ];
}

/** Copies `nullable` and defaults of the model's columns to the routine's outputs that declare none. */
export function withModelColumns(routine: Routine, inputs: readonly ModelInputSpec[]): Routine {
  if (routine.preprocess === undefined) return routine;
  const outputs = routine.preprocess.outputs.map((output): ColumnSpec => {
    const { nullable, defaultValue } = feedOf(output, inputs)!.column;
    const fallback = output.defaultValue ?? defaultValue;
    return {
      ...output,
      ...((output.nullable || nullable) && { nullable: true }),
      ...(fallback !== undefined && { defaultValue: fallback }),
    };
  });
  return { ...routine, preprocess: { ...routine.preprocess, outputs } };
}

function checkNames(path: string, columns: readonly ColumnSpec[]): Finding[] {
  const names = columns.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  return twice.length === 0 ? [] : [{ path, expected: 'distinct names', got: `${namesText(twice)} twice` }];
}

/** Checks that an output converts to the model's column of its name, also where its value is missing. */
function checkFeed(path: string, output: ColumnSpec, inputs: readonly ModelInputSpec[]): Finding[] {
  const feed = feedOf(output, inputs);
  if (feed === undefined) {
    const names = inputs.flatMap(({ columns }) => columns.map(({ name }) => name));
    return [{ path, expected: `a column of the model (${namesText(names)})`, got: `'${output.name}'` }];
  }
  const { column, input } = feed;
  const got = typeText(output.type);
  if (!converts(output.type, column.type)) return [{ path, expected: `a type that converts to ${typeText(column.type)}`, got }];
  if (!feedsTensor(output.type, input.type)) return [{ path, expected: `a type that goes into a tensor of ${input.type}`, got }];
  if (output.defaultValue !== undefined) return [];
  if (column.defaultValue !== undefined) {
    const problem = defaultValueProblem(output.type, column.defaultValue);
    const expected = `${problem}, because the output has type ${got}`;
    return problem === undefined
      ? []
      : [{ path: `${path}, the model's \`defaultValue\``, expected, got: JSON.stringify(column.defaultValue) }];
  }
  if (output.nullable && isArray(output.type) && input.shape.slice(1).includes(null)) {
    return [{ path, expected: 'a default, or a shape of known lengths, because a null has no length', got }];
  }
  if (output.nullable && !input.type.startsWith('float')) {
    const expected = `a default, or a column that is not nullable, because a tensor of ${input.type} cannot hold a missing value`;
    return [{ path, expected, got: 'a nullable column without a default' }];
  }
  return [];
}

function feedOf({ name }: ColumnSpec, inputs: readonly ModelInputSpec[]): { column: ColumnSpec; input: ModelInputSpec } | undefined {
  for (const input of inputs) {
    const column = input.columns.find((one) => one.name === name);
    if (column !== undefined) return { column, input };
  }
  return undefined;
}
