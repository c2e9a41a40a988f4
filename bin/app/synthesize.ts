import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type AppOptions, readAppSettings } from './app-settings';
import { type CloudAssembly, readCloudAssembly } from './cloud-assembly';
import { UserError } from '../terminal/user-error';

/** How long an app may take to end after it was stopped. */
const STOP_MILLISECONDS = 2000;

/** The version of the cloud assembly's format that `readCloudAssembly` reads. */
const ASSEMBLY_VERSION = '54.0.0';

/** The longest context that is passed in the environment, in bytes. Linux allows 128 KiB a variable, Windows 32 KiB for all. */
const CONTEXT_LIMIT = process.platform === 'win32' ? 16_000 : 120_000;

/** How to synthesize an app. */
export interface SynthesisOptions extends AppOptions {
  /** The folder in which the app runs. */
  readonly folder: string;
  /** The account and region that the app gets as CDK_DEFAULT_ACCOUNT and CDK_DEFAULT_REGION. */
  readonly environment?: { readonly account?: string; readonly region?: string };
  /** Receives the lookups that have no value in the context, instead of an error. The app then runs with the CDK's dummy values. */
  readonly onMissingContext?: (missing: CloudAssembly['missing']) => void;
  /** Stops the app. */
  readonly signal?: AbortSignal;
}

/** A cloud assembly that was synthesized. Call `dispose` when done. */
export interface Synthesized {
  readonly assembly: CloudAssembly;
  /** Removes the assembly's folder if it is temporary. */
  dispose(): void;
}

/**
 * Runs the app as the CDK CLI does and reads its cloud assembly, or reads the cloud assembly in the folder that `--app` names.
 *
 * The app writes to a temporary folder. The user's cdk.out does not change, and code in the assembly finds no `node_modules` above it that
 * Lambda does not have. The app's output goes to stderr.
 * @throws UserError if there is no app, if it fails, or if its assembly is not complete
 */
export async function synthesize(options: SynthesisOptions): Promise<Synthesized> {
  const settings = readAppSettings(options.folder, options);
  const existing = resolve(options.folder, settings.app);
  if (isFolder(existing)) return { assembly: complete(readCloudAssembly(existing), options), dispose: () => undefined };

  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-'));
  const outdir = join(folder, 'cdk.out');
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const env = environmentOf(options, outdir, join(folder, 'context.json'), settings.context);
    if (settings.build !== undefined) await run(settings.build, options, env);
    await run(commandOf(settings.app, options.folder), options, env);
    if (!existsSync(join(outdir, 'manifest.json'))) {
      throw new UserError(`the app made no cloud assembly (does it call app.synth()?): ${settings.app}`);
    }
    return { assembly: complete(readCloudAssembly(outdir), options), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function environmentOf(
  { environment = {} }: SynthesisOptions,
  outdir: string,
  overflowFile: string,
  context: Readonly<Record<string, unknown>>,
): NodeJS.ProcessEnv {
  const region = environment.region ?? process.env.CDK_DEFAULT_REGION ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const account = environment.account ?? process.env.CDK_DEFAULT_ACCOUNT;
  const text = JSON.stringify(context);
  const isLong = Buffer.byteLength(text) > CONTEXT_LIMIT;
  if (isLong) writeFileSync(overflowFile, text);
  return {
    // deprecations matter at deployment, and `cdk synth` prints them
    JSII_DEPRECATED: 'quiet',
    ...process.env,
    PYTHONIOENCODING: 'utf-8',
    CDK_OUTDIR: outdir,
    CDK_CLI_ASM_VERSION: ASSEMBLY_VERSION,
    CDK_CONTEXT_JSON: isLong ? '{}' : text,
    ...(isLong && { CONTEXT_OVERFLOW_LOCATION_ENV: overflowFile }),
    ...(region !== undefined && { CDK_DEFAULT_REGION: region }),
    ...(account !== undefined && { CDK_DEFAULT_ACCOUNT: account }),
  };
}

/** The app's command. As in the CDK CLI, a JavaScript file that is not executable runs with this Node.js. */
function commandOf(app: string, folder: string): string {
  const [first = '', ...rest] = app.trim().split(' ');
  const file = resolve(folder, first);
  if (extname(file) !== '.js' || !existsSync(file)) return app;
  const isExecutable = process.platform !== 'win32' && (statSync(file).mode & 0o111) !== 0;
  return isExecutable ? app : [`"${process.execPath}"`, `"${file}"`, ...rest].join(' ');
}

async function run(command: string, { folder, signal }: SynthesisOptions, env: NodeJS.ProcessEnv): Promise<void> {
  signal?.throwIfAborted();
  // a process group of its own, so that a signal reaches the shell's children too
  const child = spawn(command, { shell: true, cwd: folder, env, stdio: ['ignore', 2, 2], detached: process.platform !== 'win32' });
  let stopped: Promise<void> | undefined;
  const stop = (): void => void (stopped = stopGroup(child));
  signal?.addEventListener('abort', stop);
  try {
    const failure = await new Promise<string | undefined>((done, failed) => {
      child.on('error', failed);
      child.on('close', (code, killedBy) => done(code === 0 ? undefined : killedBy === null ? `with exit code ${code}` : `by ${killedBy}`));
    });
    signal?.throwIfAborted();
    if (failure !== undefined) throw new UserError(`the app ended ${failure}: ${command}`);
  } finally {
    signal?.removeEventListener('abort', stop);
    await stopped;
  }
}

/** Stops a process and its children. Those that ignore the request are killed. */
async function stopGroup(child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STOP_MILLISECONDS;
  let isRunning = signalGroup(child, 'SIGTERM');
  while (isRunning && Date.now() < deadline) {
    await setTimeout(20);
    isRunning = signalGroup(child, 0);
  }
  if (isRunning) signalGroup(child, 'SIGKILL');
}

/** Sends a signal to a process and its children; 0 only asks. @returns whether one of them runs */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Returns the assembly. As in the CDK CLI, error annotations are errors, and so are missing context values unless the caller takes them. */
function complete(assembly: CloudAssembly, { onMissingContext = refuseMissing }: SynthesisOptions): CloudAssembly {
  if (assembly.errors.length > 0) throw new UserError(assembly.errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  if (assembly.missing.length > 0) onMissingContext(assembly.missing);
  return assembly;
}

function refuseMissing(missing: CloudAssembly['missing']): never {
  const text = lookupProviders(missing);
  throw new UserError(
    `the app needs values that are looked up in an AWS account (${text}); run \`npx cdk synth\` once with credentials, so that cdk.context.json has them`,
  );
}

/** Lists the kinds of lookups without a value: `availability-zones, vpc-provider`. */
export function lookupProviders(missing: CloudAssembly['missing']): string {
  return [...new Set(missing.map(({ provider }) => provider))].sort().join(', ');
}
