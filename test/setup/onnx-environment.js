const { TestEnvironment } = require('jest-environment-node');

/**
 * For tests that run ONNX Runtime: `@jest-environment ./test/setup/onnx-environment.js` on top of the file. Its native part makes typed
 * arrays of the process, and its JavaScript part compares them with those of the sandbox that a test runs in; here the two are the same.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (/^(Big)?(Ui|I)nt\d+Array$|^Float\d+Array$|^Uint8ClampedArray$/.test(name)) this.global[name] = globalThis[name];
    }
  }
};
