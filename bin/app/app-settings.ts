import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../terminal/user-error';

/** What the command line says about the app. */
export interface AppOptions {
  /** A command that runs the app, or the folder of a cloud assembly; by default what cdk.json says. */
  readonly app?: string;
  /** Context values as `key=value`. */
  readonly context?: readonly string[];
}

/** How the app is run: the command line's options over cdk.json over the user's own ~/.cdk.json, as the CDK CLI takes them. */
export interface AppSettings {
  /** A command, or the folder of a cloud assembly. */
  readonly app: string;
  /** A command that runs before the app. */
  readonly build?: string;
  readonly context: { readonly [key: string]: unknown };
}

/** The part of cdk.json that says how an app is run. */
interface CdkJson {
  readonly app?: string | readonly string[];
  readonly build?: string;
  readonly context?: { readonly [key: string]: unknown };
  readonly pathMetadata?: boolean;
  readonly assetMetadata?: boolean;
  readonly versionReporting?: boolean;
  readonly bundlingStacks?: readonly string[];
}

/**
 * Reads the settings of the app in a folder.
 * @throws UserError when nothing says what the app is, when a file is no JSON or a context value no assignment
 */
export function readAppSettings(folder: string, options: AppOptions): AppSettings {
  const project = readJson<CdkJson>(join(folder, 'cdk.json')) ?? {};
  const user = readJson<CdkJson>(join(homedir(), '.cdk.json')) ?? {};
  const lookedUp = readJson<Record<string, unknown>>(join(folder, 'cdk.context.json')) ?? {};
  const settings = { ...user, ...project };
  const app = options.app ?? process.env.CDK_APP ?? settings.app;
  if (app === undefined || app.length === 0) {
    throw new UserError(
      `found no app: expected \`app\` in ${join(folder, 'cdk.json')}, or --app with a command or the folder of a cloud assembly`,
    );
  }
  return {
    app: typeof app === 'string' ? app : app.join(' '),
    build: options.app === undefined ? settings.build : undefined,
    context: {
      ...user.context,
      ...lookedUp,
      ...project.context,
      ...Object.fromEntries((options.context ?? []).map(assignment)),
      ...contextOf(settings),
    },
  };
}

/** What the CDK CLI adds to the context on its own. */
function contextOf({
  pathMetadata = true,
  assetMetadata = true,
  versionReporting = true,
  bundlingStacks = ['**'],
}: CdkJson): Record<string, unknown> {
  return {
    ...(pathMetadata && { 'aws:cdk:enable-path-metadata': true }),
    ...(assetMetadata && { 'aws:cdk:enable-asset-metadata': true }),
    ...(versionReporting ? { 'aws:cdk:version-reporting': true } : { 'aws:cdk:disable-version-reporting': true }),
    'aws:cdk:bundling-stacks': bundlingStacks,
    // policy reports are about what is deployed
    '@aws-cdk/core:failSynthOnValidationErrors': false,
  };
}

function assignment(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UserError(`a context value is written key=value, got: ${text}`);
  const key = text.slice(0, equals);
  if (key.startsWith('aws:')) throw new UserError(`context keys that begin with "aws:" belong to the CDK, got: ${text}`);
  return [key, text.slice(equals + 1)];
}

function readJson<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new UserError(`${file} is no JSON: ${(error as Error).message}`, { cause: error });
  }
}
