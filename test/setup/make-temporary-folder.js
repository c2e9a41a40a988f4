const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** A run keeps what it writes in one folder: each app that a test synthesizes leaves a cloud assembly behind. */
module.exports = () => {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-tests-'));
};
