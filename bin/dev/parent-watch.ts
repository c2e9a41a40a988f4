import { readFileSync } from 'node:fs';

const POLL_MILLISECONDS = 500;

/**
 * Calls back when the `npm` or `npx` that started this process ends. A killed npm does not stop what it started.
 * @returns a function that stops watching
 */
export function onNpmEnd(ended: () => void): () => void {
  // a process that npm did not start may outlive its parent
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const started = parents();
  const timer = setInterval(() => {
    if (parents() === started) return;
    clearInterval(timer);
    ended();
  }, POLL_MILLISECONDS).unref();
  return () => clearInterval(timer);
}

/** The parent process and, if that is the shell of an npm script, its parent. */
function parents(): string {
  const parent = process.ppid;
  return `${parent} ${parentOfShell(parent) ?? ''}`;
}

/** The parent of a process that is a shell; undefined for other processes, and on a platform without `/proc`. */
function parentOfShell(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // no such process, or no such platform
    return undefined;
  }
  const [, command = '', parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
  return /^(sh|dash|bash|zsh|ash)$/.test(command) ? parent : undefined;
}
