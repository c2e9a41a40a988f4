import { type ChildProcess, fork } from 'node:child_process';
import { delimiter } from 'node:path';
import { UserError } from '../terminal/user-error';
import type { NumberedPiece, ScoreJob, WorkerMessage, WorkerTask } from './score-job';

/** Where workers run. */
export interface WorkerHost {
  /** The script of a worker's process. */
  readonly script: string;
  /** Folders in which it finds ONNX Runtime. */
  readonly modules: readonly string[];
  readonly workers: number;
}

/**
 * Scores pieces in processes of their own, each of which takes a stretch of them.
 * @param parts the folder of the parts
 * @param done is told each part that is there
 * @throws UserError, or Error, with what the first worker failed over; what is there stays
 */
export async function runWorkers(
  job: ScoreJob,
  parts: string,
  pieces: readonly NumberedPiece[],
  { script, modules, workers }: WorkerHost,
  done: (part: number) => void,
): Promise<void> {
  const count = Math.min(workers, pieces.length);
  const running = Array.from({ length: count }, (_, i) => {
    const stretch = pieces.slice(Math.floor((i * pieces.length) / count), Math.floor(((i + 1) * pieces.length) / count));
    const child = fork(script, [], {
      execArgv: [],
      cwd: job.folder,
      env: { ...process.env, NODE_PATH: modules.join(delimiter) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return { child, ended: runWorker(child, { job, parts, pieces: stretch }, done) };
  });
  try {
    await Promise.all(running.map(({ ended }) => ended));
  } finally {
    for (const { child } of running) child.kill();
  }
}

function runWorker(child: ChildProcess, task: WorkerTask, done: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'part') done(message.number);
      else if (message.error === undefined) resolve();
      else reject(message.error.isMendable ? new UserError(message.error.message) : new Error(message.error.message));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`a worker ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`)));
    child.send(task);
  });
}
