const { TestEnvironment } = require('jest-environment-node');

/** ONNX Runtime's binding makes arrays of Node's own classes, and jest gives each test file others: `instanceof` fails between them. */
const TYPED_ARRAYS = [
  'BigInt64Array',
  'BigUint64Array',
  'Float32Array',
  'Float64Array',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
];

/** Node's environment of jest, with Node's typed arrays. */
module.exports = class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    for (const name of TYPED_ARRAYS) this.global[name] = globalThis[name];
  }
};
