import type { IConstruct } from 'constructs';
import { type Finding, findingText } from './contract/finding';

/** Throws an error that starts with the path of the construct. */
export function refuse(scope: IConstruct, message: string): never {
  throw new Error(`${scope.node.path}: ${message}`);
}

/** Throws an error that lists all findings, if there are any. */
export function refuseFindings(scope: IConstruct, findings: readonly Finding[]): void {
  if (findings.length > 0) refuse(scope, findings.map(findingText).join('\n'));
}
