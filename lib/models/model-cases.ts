import type { Construct } from 'constructs';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { requireLiteral } from '../features/literal';
import { refuse } from '../refuse';
import type { JsonValue } from '../contract/data-types';
import type { ModelSpec } from '../contract/endpoint-spec';
import { findingText } from '../contract/finding';
import { checkCases } from '../contract/model-cases';

/** A wrong file is often wrong in every row. */
const MOST_FINDINGS = 10;

/** Reads the cases of a model version and checks them; what is wrong is refused on behalf of `scope`. @returns the absolute path of the file */
export function loadCases(scope: Construct, path: string, model: ModelSpec): string {
  requireLiteral(scope, '`cases`', path);
  const file = resolve(path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    refuse(scope, `\`cases\` must be a file, relative to the working folder of the app, got: '${path}', where no file is`);
  }
  const findings = checkCases(read(scope, path, file), model);
  if (findings.length > 0) {
    const lines = findings.slice(0, MOST_FINDINGS).map((finding) => `${path}: ${findingText(finding)}`);
    const more = findings.length - lines.length;
    refuse(scope, [...lines, ...(more === 0 ? [] : [`and ${more} more`])].join('\n'));
  }
  return file;
}

function read(scope: Construct, path: string, file: string): JsonValue {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
  } catch (error) {
    return refuse(scope, `${path}: expected JSON, got: ${(error as Error).message}`);
  }
}
