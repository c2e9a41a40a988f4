import { tmpdir } from 'node:os';
import { PROCESS_IO } from '../process-io';
import type * as DynamoDbReader from '../online/dynamodb-reader';
import type * as ModelStoreModule from './model-store';
import type { Host } from './start';

/** The environment, the clock and the log of this process. */
export function processHost(): Host {
  const { env } = process;
  return {
    env,
    ...PROCESS_IO,
    write: (line) => process.stdout.write(line),
    reader() {
      // the code for signing and credentials takes as long to load as all other code, so only an endpoint with lookups loads it
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load them at every cold start
      const { createOnlineReader } = require('../online/dynamodb-reader') as typeof DynamoDbReader;
      return createOnlineReader({ ...PROCESS_IO, env });
    },
    models() {
      // for the same reason, only an endpoint with a model in S3 loads this code
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load them at every cold start
      const { createModelStore } = require('./model-store') as typeof ModelStoreModule;
      return createModelStore({ ...PROCESS_IO, env, folder: tmpdir() });
    },
  };
}
