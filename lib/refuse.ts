import type { IConstruct } from 'constructs';
import { type Finding, findingText } from './contract/finding';

/** Stops the synthesis: what was expected and what was got, behind the path of the construct that was given it. */
export function refuse(scope: IConstruct, message: string): never {
  throw new Error(`${scope.node.path}: ${message}`);
}

/** Stops the synthesis if a check found anything, with all that it found. */
export function refuseFindings(scope: IConstruct, findings: readonly Finding[]): void {
  if (findings.length > 0) refuse(scope, findings.map(findingText).join('\n'));
}
