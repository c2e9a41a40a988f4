import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type * as FileSystem from 'node:fs';
import { join } from 'node:path';
import { runtimeLayer } from '../../../lib/functions/runtime-layer';
import { testStack } from '../../helpers/app';

jest.mock('node:fs', () => ({ ...jest.requireActual('node:fs') }));

test('fails if the package is not built, with the command to run', () => {
  jest.spyOn(jest.requireMock<typeof FileSystem>('node:fs'), 'existsSync').mockReturnValue(false);
  const file = join(__dirname, '../../../assets/layer-arm64.json');
  expect(() => runtimeLayer(testStack(), Architecture.ARM_64)).toThrow(
    new Error(`Stack: expected the built runtime, run \`npm run build:assets\`, got: nothing at ${file}`),
  );
});
