import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The built command line. */
export const CLI = join(__dirname, '..', '..', 'assets', 'cli', 'cdk-ml-serving.js');

/** What was started and has not ended: a test that fails leaves it behind, and jest would wait for it. */
const running = new Set<ChildProcess>();
afterAll(() => Promise.all([...running].map((child) => end(child, 'SIGTERM'))));

/** A `cdk-ml-serving dev` in a process of its own. */
export interface RunningDev {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The addresses of its APIs, in the order of the templates. */
  readonly urls: readonly string[];
  /** Waits until stderr has the text. */
  readonly says: (text: string, after?: number) => Promise<void>;
  /** Ends it and gives its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** The command line as a process, to its end. */
export async function runCli(folder: string, args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { child, stdout, stderr } = start(folder, args);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

/** Starts `dev` in an app's folder, on free ports, and waits until it is ready. */
export async function startDev(folder: string, args: readonly string[] = []): Promise<RunningDev> {
  const dev = launchDev(folder, args);
  await dev.says('ready; Ctrl-C stops it');
  return { ...dev, urls: [...dev.stderr().matchAll(/^(http:\S+) {2}/gm)].map((match) => match[1]!) };
}

/** Starts `dev` in an app's folder, on free ports, without waiting. */
export function launchDev(folder: string, args: readonly string[] = []): Omit<RunningDev, 'urls'> {
  const { child, stdout, stderr } = start(folder, ['dev', '--port', '0', ...args]);
  const says = async (text: string, after = 0): Promise<void> => {
    while (!stderr().slice(after).includes(text)) {
      if (child.exitCode !== null) throw new Error(`dev ended with exit code ${child.exitCode}:\n${stdout()}\n${stderr()}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  return {
    child,
    stdout,
    stderr,
    says,
    stop: (signal = 'SIGINT') => end(child, signal),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (running.has(child)) {
    child.kill(signal);
    await once(child, 'close');
  }
  return child.exitCode;
}

function start(folder: string, args: readonly string[]): { child: ChildProcess; stdout: () => string; stderr: () => string } {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.stderr += text));
  return { child, stdout: () => texts.stdout, stderr: () => texts.stderr };
}
