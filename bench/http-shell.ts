// The HTTP shell of `dev` around one function, as a process of its own: node --import tsx bench/http-shell.ts FOLDER
// FOLDER is the asset of a serving function. Prints its port, then the process ids to count the CPU of.
import { dirname, join } from 'node:path';
import { FunctionProcess } from '../bin/functions/function-process';
import { LocalApi } from '../bin/dev/local-api';
import { parseRoute } from '../bin/dev/routes';

const ROOT = dirname(__dirname);
const LAYER = join(ROOT, `assets/layer-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`);

async function main(folder: string): Promise<void> {
  const fn = {
    ...{
      stack: 'Stack',
      name: 'prices',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:prices',
      region: 'us-east-1',
      handler: 'index.handler',
    },
    ...{ folder, memorySize: 1024, timeoutSeconds: 29, environment: {}, layers: [LAYER] },
  };
  const host = { script: join(ROOT, 'assets/cli/function-host.js'), modules: () => [], dynamodbEndpoint: '', log: () => undefined };
  const running = new FunctionProcess(fn, host);
  const api = await LocalApi.listen(0, (_name, requestId, event) => running.invoke(requestId, event), {
    answered: () => undefined,
    waiting: () => undefined,
  });
  api.use({
    ...{ key: 'Api', apiId: 'api', accountId: '000000000000', stages: ['$default'], authorization: [] },
    routes: [parseRoute('POST /invocations', { functionName: fn.name, timeoutSeconds: 29 })],
  });
  process.stdout.write(`${api.port}\n`);
}

void main(process.argv[2]!);
