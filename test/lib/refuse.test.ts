import { App, Stack } from 'aws-cdk-lib';
import { Column, FeatureTable } from '../../lib';

const MESSAGE = "App/Houses: column 'id': `defaultValue` of type string must be a string of well-formed Unicode, got: 3";

const variables = { ...process.env };
afterEach(() => {
  process.env = { ...variables };
});

/** The error of an app whose user calls a function of their own. */
function refusal(): Error {
  try {
    addTables(new Stack(new App(), 'App'));
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a refusal, got: none');
}

function addTables(stack: Stack): void {
  new FeatureTable(stack, 'Houses', { primaryKey: [Column.string('id', { defaultValue: 3 })], features: [Column.float('a')] });
}

function framesOf({ stack }: Error): string[] {
  return stack!.split('\n').filter((line) => line.startsWith('    at '));
}

describe('the stack trace of a refusal', () => {
  test("has the user's code alone", () => {
    delete process.env.CDK_DEBUG;
    const error = refusal();
    expect(error.message).toBe(MESSAGE);
    expect(error.stack!.split('\n')[0]).toBe(`Error: ${MESSAGE}`);
    const frames = framesOf(error);
    expect(frames[0]).toContain('addTables');
    expect(frames.filter((frame) => !frame.includes(__filename))).toEqual([]);
  });

  test('has the frames of the library with CDK_DEBUG', () => {
    process.env.CDK_DEBUG = '1';
    expect(framesOf(refusal())[0]).toContain('refuse');
  });

  test('leaves the limit of stack traces as it is', () => {
    const limit = Error.stackTraceLimit;
    refusal();
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

describe('the names of props', () => {
  test('are in snake case for Python users', () => {
    process.env.JSII_AGENT = 'Python/3.13.2';
    expect(refusal().message).toBe(MESSAGE.replace('defaultValue', 'default_value'));
  });

  test('are in camel case in every other language', () => {
    process.env.JSII_AGENT = 'Java/21';
    expect(refusal().message).toBe(MESSAGE);
  });
});
