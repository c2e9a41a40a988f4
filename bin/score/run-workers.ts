import { type ChildProcess, fork } from 'node:child_process';
import { delimiter } from 'node:path';
import { UserError } from '../terminal/user-error';
import type { NumberedPiece, ScoreJob, WorkerMessage, WorkerTask } from './score-job';

/** How workers are started. */
export interface WorkerHost {
  /** The script of a worker's process. */
  readonly script: string;
  /** Folders with ONNX Runtime. */
  readonly modules: readonly string[];
  readonly workers: number;
}

/**
 * Scores pieces in worker processes. Each worker gets pieces that follow one another.
 * @param parts the folder of the parts
 * @param done gets the number of each part that is written
 * @throws UserError, or Error, with the message of the first worker that fails; the parts that are written stay
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
    const some = pieces.slice(Math.floor((i * pieces.length) / count), Math.floor(((i + 1) * pieces.length) / count));
    const child = fork(script, [], {
      execArgv: [],
      cwd: job.folder,
      env: { ...process.env, NODE_PATH: modules.join(delimiter) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return { child, finished: runWorker(child, { job, parts, pieces: some }, done) };
  });
  try {
    await Promise.all(running.map(({ finished }) => finished));
  } finally {
    for (const { child } of running) child.kill();
  }
}

function runWorker(child: ChildProcess, task: WorkerTask, done: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'part') done(message.number);
      else if (message.error === undefined) resolve();
      else reject(message.error.isUserError ? new UserError(message.error.message) : new Error(message.error.message));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(new Error(`a worker stopped ${signal === null ? `with exit code ${code}` : `by ${signal}`}`)),
    );
    child.send(task);
  });
}
