import { Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';

const PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Refuses a name that the paths and the spec of an endpoint cannot carry. */
export function checkLogicalName(scope: IConstruct, what: string, name: string): void {
  if (Token.isUnresolved(name)) refuse(scope, `${what} is part of the endpoint spec and must be a literal, got: a token`);
  if (!PATTERN.test(name)) {
    refuse(scope, `${what} must be a letter or digit, then up to 62 letters, digits, "-" or "_", got: ${JSON.stringify(name)}`);
  }
}
