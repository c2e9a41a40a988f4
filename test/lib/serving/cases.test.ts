// The cases of a served model version are in the cloud assembly, but are not deployed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCloudAssembly } from '../../../bin/app/cloud-assembly';
import { type CaseModel, caseAssembly, changedCases, fixtureWithCases } from '../../helpers/case-app';

const other = (): CaseModel => ({
  ...fixtureWithCases('legacy_ir3'),
  cases: changedCases('legacy_ir3', (document) => document.cases.pop()),
});
const without = (): CaseModel => ({ ...fixtureWithCases('legacy_ir3'), cases: undefined });

function uploads(assembly: string): string[] {
  const manifest = JSON.parse(readFileSync(join(assembly, 'Serving.assets.json'), 'utf8')) as { files: Record<string, unknown> };
  return Object.keys(manifest.files);
}

test.each([false, true])('the metadata of the function names them (in a stage: %s)', (stage) => {
  const { stacks } = readCloudAssembly(caseAssembly([fixtureWithCases('legacy_ir3')], { stage }));
  const [[logicalId, cases]] = stacks.flatMap((stack) => [...stack.cases]) as [[string, { servedEntity: string; file: string }[]]];
  expect(stacks[0]!.template.Resources![logicalId]!.Type).toBe('AWS::Lambda::Function');
  expect(cases).toEqual([{ servedEntity: 'main', file: expect.any(String) }]);
  expect(readFileSync(cases[0]!.file, 'utf8')).toBe(readFileSync('test/fixtures/legacy_ir3/cases.json', 'utf8'));
});

test('other cases, or no cases, change neither the template nor the uploaded assets', () => {
  const [one, two, none] = [fixtureWithCases('legacy_ir3'), other(), without()].map((model) => caseAssembly([model]));
  const template = (assembly: string) => readFileSync(join(assembly, 'Serving.template.json'), 'utf8');
  expect(template(two!)).toBe(template(one!));
  expect(template(none!)).toBe(template(one!));
  expect(uploads(two!)).toEqual(uploads(one!));
  expect(uploads(none!)).toEqual(uploads(one!));
  expect(readdirSync(one!).filter((name) => /^asset\..*\.json$/.test(name))).toHaveLength(1);
});
