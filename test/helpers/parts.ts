import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The checkout that the tests are part of. */
export const CHECKOUT = join(__dirname, '..', '..');

/** Where downloaded parts are kept between runs, outside the checkout; whatever is missing there is made again. */
export function cacheFolder(name: string): string {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cdk-ml-serving', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What a finished command printed. */
export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, whatever it answers. */
export function run(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Finished {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: CHECKOUT, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Runs a command that must succeed; its standard output. */
export function mustRun(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): string {
  const { status, stdout, stderr } = run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** The folder of the executables of a Python environment that has the packages. */
export function pythonEnvironment(name: string, packages: readonly string[]): string {
  const folder = cacheFolder(name);
  const bin = join(folder, 'bin');
  const made = join(folder, `${packages.join('+').replace(/[^\w.+=-]/g, '_')}.made`);
  if (!existsSync(made)) {
    mustRun('python3', ['-m', 'venv', '--clear', folder]);
    mustRun(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
    writeFileSync(made, '');
  }
  return bin;
}

/** A library in Maven's repository. */
export interface MavenLibrary {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  /** Groups of libraries that it needs and that are there otherwise. @default - none */
  readonly without?: readonly string[];
}

/** The folder of a library's jars and of those that it needs. */
export function mavenJars({ groupId, artifactId, version, without = [] }: MavenLibrary): string {
  const folder = cacheFolder(`${artifactId}-${version}`);
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) {
    const exclusions = without.map((group) => `<exclusion><groupId>${group}</groupId><artifactId>*</artifactId></exclusion>`).join('');
    const dependency = `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version><exclusions>${exclusions}</exclusions>`;
    const project = '<modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>jars</artifactId><version>1</version>';
    const pom = `<project>${project}<dependencies><dependency>${dependency}</dependency></dependencies></project>`;
    writeFileSync(join(folder, 'pom.xml'), pom);
    mustRun('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=downloaded'], { cwd: folder });
    renameSync(join(folder, 'downloaded'), lib);
  }
  return lib;
}
