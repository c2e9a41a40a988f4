// Every benchmark, one after the other: node bench/all.mjs [rounds]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

for (const name of ['handler', 'inference-log', 'http', 'dynamodb-read', 'delta', 'materialize', 'score']) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.mjs`), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
