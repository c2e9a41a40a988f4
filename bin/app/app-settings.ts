import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../terminal/user-error';

/** The options of a command that synthesizes the app. */
export interface AppOptions {
  /** The command that runs the app, or the folder of a cloud assembly. The default is `app` in cdk.json. */
  readonly app?: string;
  /** Context values, each as `key=value`. */
  readonly context?: readonly string[];
}

/** Adds the options of {@link AppOptions} to a command. */
export function addAppOptions(command: Command): Command {
  return command
    .option('-a, --app <command>', 'the command that runs the app, or the folder of a cloud assembly (default: the one in cdk.json)')
    .option('-c, --context <key=value>', 'a context value; may be repeated', gather);
}

/** How the app is run. As in the CDK CLI, options override cdk.json, which overrides ~/.cdk.json. */
export interface AppSettings {
  /** A command, or the folder of a cloud assembly. */
  readonly app: string;
  /** A command that runs before the app. */
  readonly build?: string;
  readonly context: { readonly [key: string]: unknown };
}

/** The part of cdk.json that describes how the app is run. */
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
 * @throws UserError if there is no app, if a file is not JSON, or if a context value is not `key=value`
 */
export function readAppSettings(folder: string, options: AppOptions): AppSettings {
  const project = readJson<CdkJson>(join(folder, 'cdk.json')) ?? {};
  const user = readJson<CdkJson>(join(homedir(), '.cdk.json')) ?? {};
  const lookedUp = readJson<Record<string, unknown>>(join(folder, 'cdk.context.json')) ?? {};
  const settings = { ...user, ...project };
  const app = options.app ?? process.env.CDK_APP ?? settings.app;
  if (app === undefined || app.length === 0) {
    throw new UserError(
      `expected \`app\` in ${join(folder, 'cdk.json')}, or --app with a command or the folder of a cloud assembly, got: no app`,
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

/** The context values that the CDK CLI adds. */
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
    // policy reports matter at deployment
    '@aws-cdk/core:failSynthOnValidationErrors': false,
  };
}

function gather(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function assignment(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UserError(`--context: expected key=value, got: ${text}`);
  const key = text.slice(0, equals);
  if (key.startsWith('aws:')) throw new UserError(`--context: expected a key of your app (keys with "aws:" are the CDK's), got: ${text}`);
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
    throw new UserError(`${file}: expected JSON, got: ${(error as Error).message}`, { cause: error });
  }
}
