// Run by Node.js for arm64: node answer.mjs JOBS.json ANSWERS.json, with the layer's modules in NODE_PATH, as Lambda does it.
// A job is the folder of a serving function's asset and the bodies of requests for it.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [jobs, answers] = process.argv.slice(2);
const context = { getRemainingTimeInMillis: () => 600_000 };
const results = [];
for (const { folder, bodies } of JSON.parse(readFileSync(jobs, 'utf8'))) {
  const { handler } = require(`${folder}/index.js`);
  for (const body of bodies) {
    const event = {
      version: '2.0',
      rawPath: '/invocations',
      headers: { 'content-type': 'application/json' },
      requestContext: { stage: '$default', requestId: 'request-1', http: { method: 'POST', path: '/invocations' } },
      body: JSON.stringify(body),
      isBase64Encoded: false,
    };
    const { statusCode, body: text } = await handler(event, context);
    results.push({ folder, status: statusCode, body: JSON.parse(text) });
  }
}
writeFileSync(answers, JSON.stringify({ architecture: process.arch, results }));
