import { caseText } from '../../lib/contract/model-cases';
import type { CheckedModel, FailedCase } from './check-model';
import { differenceText } from '../../lib/contract/compare-answer';

/** What was found of a model version, as the command prints it. */
export function modelText({ served, broken, skipped, failed }: CheckedModel): string {
  const { endpoint, servedEntity, model, cases } = served;
  const title = `${endpoint}, ${servedEntity}: ${model.modelName} version ${model.version}`;
  if (skipped !== undefined) return `${title}\n  not checked: ${skipped}`;
  if (broken !== undefined)
    return `${title}\n  ${model.file ?? model.object!.key}: expected a model that ONNX Runtime runs, got: ${broken}`;
  if (cases === undefined) return `${title}\n  loads; it has no cases`;
  const all = cases.cases.length;
  if (failed.length === 0) return `${title}\n  ${casesOf(all)} as expected`;
  return [
    title,
    `  ${failed.length} of ${casesOf(all)} not as expected`,
    ...failed.flatMap(failureLines).map((line) => `    ${line}`),
  ].join('\n');
}

/** What was found of all. */
export function summaryText(checked: readonly CheckedModel[]): string {
  const broken = checked.filter((one) => one.broken !== undefined).length;
  const skipped = checked.filter((one) => one.skipped !== undefined).length;
  const ran = checked.flatMap(({ served, broken, skipped }) =>
    (broken ?? skipped) === undefined ? (served.cases?.cases ?? []) : [],
  ).length;
  const failed = checked.flatMap((one) => one.failed).length;
  return [
    `${checked.length} ${checked.length === 1 ? 'model version' : 'model versions'} served`,
    ...(broken === 0 ? [] : [`${broken} that ${broken === 1 ? 'does' : 'do'} not load`]),
    ...(skipped === 0 ? [] : [`${skipped} not checked`]),
    ran === 0 ? 'no cases' : failed === 0 ? `${casesOf(ran)} as expected` : `${failed} of ${casesOf(ran)} not as expected`,
  ].join(', ');
}

function failureLines({ name, row, refusal, differences }: FailedCase): string[] {
  const path = caseText(name, row);
  if (refusal !== undefined) return [`${path}: expected an answer, got: ${refusal}`];
  return differences.map((difference) => `${path}, ${differenceText(difference)}`);
}

function casesOf(count: number): string {
  return `${count} ${count === 1 ? 'case' : 'cases'}`;
}
