const base = require('./jest.config');

/** The suites that install other parts: slower, one file at a time. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/test/interop/**/*.test.ts', '<rootDir>/test/consumers/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 600_000,
  coverageThreshold: undefined,
};
