// What a BatchGetItem costs the client in CPU: the runtime's thin client beside the AWS SDK's, both bundled as the runtime is, in turns
// within one run, against the same fake DynamoDB in another process.
//
//   node bench/dynamodb-read.mjs [rounds]
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startFakeDynamoDb } from './fake-dynamodb.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);
const CALLS_A_ROUND = 400;
const KEYS_A_CALL = [1, 10, 100];
const ATTRIBUTES = Array.from({ length: 8 }, (_, i) => `feature_${i}`);
const ROOT = dirname(import.meta.dirname);

/** Both sides have one function: reads the items of keys. */
const SIDES = {
  'thin client': `
    import { createOnlineReader } from './lambda/online/dynamodb-reader';
    export function start(env) {
      const reader = createOnlineReader({ env, now: Date.now, random: Math.random, sleep: (ms) => new Promise((done) => setTimeout(done, ms)) });
      return async (keys, attributes) => (await reader.read([{ tableName: 'houses', keys, attributes }], Date.now() + 10_000))[0];
    }`,
  'AWS SDK': `
    import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
    export function start(env) {
      const client = new DynamoDBClient({
        region: env.AWS_REGION, endpoint: env.AWS_ENDPOINT_URL,
        credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
      });
      return async (keys, attributes) => {
        const names = ['_key', ...attributes];
        const { Responses } = await client.send(new BatchGetItemCommand({ RequestItems: { houses: {
          Keys: keys.map((key) => ({ _key: { S: key } })),
          ProjectionExpression: names.map((_, i) => '#' + i).join(','),
          ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => ['#' + i, name])),
        } } }));
        const items = new Map(Responses.houses.map((item) => [item._key.S, item]));
        return keys.map((key) => items.get(key));
      };
    }`,
};

async function load(source, folder, name) {
  const outfile = join(folder, `${name}.js`);
  const stdin = { contents: source, resolveDir: ROOT, loader: 'ts' };
  const shared = { bundle: true, platform: 'node', format: 'cjs', minify: true, mainFields: ['module', 'main'], logLevel: 'error' };
  await build({ ...shared, stdin, outfile });
  return createRequire(import.meta.url)(outfile);
}

/** Milliseconds of CPU a call. */
async function measure(read, keyCount) {
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS_A_ROUND; i++) {
    const keys = Array.from({ length: keyCount }, (_, k) => `05263${i}${k}`);
    const items = await read(keys, ATTRIBUTES);
    if (items.length !== keyCount || items.at(-1).feature_7.N !== '1907') throw new Error('an item is missing');
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / CALLS_A_ROUND;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-bench-'));
  const { env, stop } = await startFakeDynamoDb();
  try {
    const reads = {};
    for (const [i, [side, source]] of Object.entries(SIDES).entries()) reads[side] = (await load(source, folder, `side${i}`)).start(env);
    console.log(
      `client CPU per BatchGetItem of ${ATTRIBUTES.length} attributes an item, median of ${ROUNDS} rounds of ${CALLS_A_ROUND} calls`,
    );
    console.log(`Node.js ${process.version}, ${availableParallelism()} x ${cpus()[0].model}`);
    for (const keyCount of KEYS_A_CALL) {
      const samples = Object.fromEntries(Object.keys(reads).map((side) => [side, []]));
      // the first round warms up
      for (let round = -1; round < ROUNDS; round++) {
        for (const [side, read] of Object.entries(reads)) {
          const milliseconds = await measure(read, keyCount);
          if (round >= 0) samples[side].push(milliseconds);
        }
      }
      const [thin, sdk] = [median(samples['thin client']), median(samples['AWS SDK'])];
      console.log(
        `${String(keyCount).padStart(3)} keys: thin client ${thin.toFixed(3)} ms, AWS SDK ${sdk.toFixed(3)} ms, ratio ${(thin / sdk).toFixed(2)}`,
      );
    }
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().then(() => process.exit());
