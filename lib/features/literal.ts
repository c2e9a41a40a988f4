import { Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';

/** The names that Windows reserves for devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Throws if a name becomes the name of a file or folder and Windows reserves it. `what` names it in the error. */
export function refuseReservedName(scope: IConstruct, what: string, name: string): void {
  if (RESERVED.test(name)) refuse(scope, `${what} becomes a file name and must not be a name that Windows reserves, got: '${name}'`);
}

/** Throws if a text of the endpoint spec is a token. `what` names it in the error. */
export function requireLiteral(scope: IConstruct, what: string, text: string): void {
  if (Token.isUnresolved(text)) refuse(scope, `${what} must be a literal, got: a token`);
}

/** Throws if any of these texts of the endpoint spec is a token. `what` names them in the error. */
export function requireLiterals(scope: IConstruct, what: string, texts: readonly string[]): void {
  if (Token.isUnresolved(texts)) refuse(scope, `${what} must be a literal, got: a token`);
  for (const text of texts) requireLiteral(scope, what, text);
}
