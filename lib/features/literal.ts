import { Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';

/** Checks that a text which becomes a part of the endpoint spec is known at synth. */
export function requireLiteral(scope: IConstruct, what: string, text: string): void {
  if (Token.isUnresolved(text)) refuse(scope, `${what} must be a literal, got: a token`);
}

/** Checks that texts which become a part of the endpoint spec are known at synth. */
export function requireLiterals(scope: IConstruct, what: string, texts: readonly string[]): void {
  if (Token.isUnresolved(texts)) refuse(scope, `${what} must be a literal, got: a token`);
  for (const text of texts) requireLiteral(scope, what, text);
}
