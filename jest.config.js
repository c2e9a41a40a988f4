// what the SDK says of its next versions tells nothing of this one
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** The fast suite: Node, npm and the checkout alone. */
module.exports = {
  testEnvironment: '<rootDir>/test/setup/node-environment.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/interop/', '/test/consumers/'],
  // sources before what jsii compiled beside them
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  moduleNameMapper: { '^cdk-ml-serving$': '<rootDir>/lib/index.ts' },
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }],
    '\\.m?js$': ['@swc/jest', { jsc: { target: 'es2022' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!(@marcbachmann/cel-js|hyparquet|hyparquet-compressors|hyparquet-writer|hysnappy)/)'],
  testTimeout: 60_000, // no test is about time, and machines are busy
  globalSetup: '<rootDir>/test/setup/make-temporary-folder.js',
  globalTeardown: '<rootDir>/test/setup/remove-temporary-folder.js',
  reporters: ['default', '<rootDir>/test/setup/count-reporter.js'],
  coverageDirectory: '<rootDir>/coverage',
  collectCoverageFrom: ['lib/**/*.ts', 'lambda/**/*.ts', '!lib/**/*.d.ts'],
  coverageThreshold: { global: { lines: 90 } },
};
