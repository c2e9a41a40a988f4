import { RemovalPolicy } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { sep } from 'node:path';
import { type Finding, findingText } from './contract/finding';

/** The number of frames of a stack trace that are searched for the user's code. */
const FRAMES = 100;

/** The names of props and methods in a message: in backticks, in camel case. */
const CAMEL_CASE = /(?<=`)[a-z]+[0-9]*(?:[A-Z][a-z0-9]*)+(?=`)/g;

/** Throws an error that starts with the path of the construct. Its stack trace has only the user's code, unless `CDK_DEBUG` is set. */
export function refuse(scope: IConstruct, message: string): never {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const error = new Error(`${scope.node.path}: ${inUsersLanguage(message)}`);
  Error.stackTraceLimit = limit;
  if (!process.env.CDK_DEBUG) error.stack = stackOfUser(error);
  throw error;
}

/** Throws an error that lists all findings, if there are any. */
export function refuseFindings(scope: IConstruct, findings: readonly Finding[]): void {
  if (findings.length > 0) refuse(scope, findings.map(findingText).join('\n'));
}

/** Writes the names of props in snake case for Python users. jsii sets JSII_AGENT to the language of the app. */
function inUsersLanguage(message: string): string {
  if (process.env.JSII_AGENT?.startsWith('Python/') !== true) return message;
  return message.replace(CAMEL_CASE, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** Returns the stack trace without frames of this library, of packages and of Node.js. */
function stackOfUser({ name, message, stack = '' }: Error): string {
  const head = `${name}: ${message}`;
  const frames = stack.slice(head.length).split('\n').filter(isFrameOfUser);
  return [head, ...frames].join('\n');
}

function isFrameOfUser(line: string): boolean {
  if (!/^\s+at /.test(line) || /\bnode:|\(<anonymous>\)|\bnative$/.test(line)) return false;
  return !line.includes(`${__dirname}${sep}`) && !/[\\/]node_modules[\\/]/.test(line);
}

/** Throws for a removal policy that CloudFormation does not support for tables, buckets and log groups. */
export function refuseSnapshot(scope: IConstruct, prop: string, policy: RemovalPolicy | undefined): void {
  if (policy !== RemovalPolicy.SNAPSHOT) return;
  refuse(scope, `\`${prop}\` must be RemovalPolicy.RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY, got: SNAPSHOT`);
}
