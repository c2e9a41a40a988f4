import { openSession } from '../../lambda/serving/onnx-session';
import { makeSinglePlan } from '../../lambda/serving/make-plan';
import { moduleLoader } from '../app/endpoints';
import { fitPlan } from '../rows/request-cells';
import { openSource } from '../rows/input-source';
import { PartFolder } from '../rows/part-folder';
import { asUserError } from '../stores/store-error';
import { UserError } from '../terminal/user-error';
import { openLookups } from './open-lookups';
import type { ScoreJob, WorkerMessage, WorkerTask } from './score-job';
import { scorePieces, type ScoreTools } from './score-piece';

// The process of a worker: it scores its pieces one after another, each into a part of its own.

process.on('message', (task: WorkerTask) => {
  work(task).then(
    () => end({ kind: 'end' }),
    (error: unknown) => {
      const known = asUserError(error);
      const isMendable = known instanceof UserError;
      end({ kind: 'end', error: { message: isMendable ? known.message : String((error as Error).stack ?? error), isMendable } });
    },
  );
});

// the command went away without a signal
process.on('disconnect', () => process.exit());

async function work({ job, parts, pieces }: WorkerTask): Promise<void> {
  const tools = await openTools(job);
  const folder = PartFolder.join(parts);
  for await (const { number, bytes, notes } of scorePieces(job, tools, pieces)) {
    folder.keep(number, bytes, notes);
    say({ kind: 'part', number });
  }
}

async function openTools({ folder, spec, model, lookups, clock, source }: ScoreJob): Promise<ScoreTools> {
  const names = Object.entries(lookups).map(([name, place]) => [name, place.kind === 'online' ? place.tableName : name]);
  const plan = makeSinglePlan(spec, { tables: Object.fromEntries(names) }, moduleLoader(folder));
  const input = await openSource(source);
  const [entity] = spec.servedEntities;
  return {
    input,
    fitted: fitPlan(plan, spec, input),
    lookups: plan.rounds.length > 0 ? await openLookups(lookups, clock) : undefined,
    scorer: await openSession(model, 1, entity!.kind === 'model' ? entity!.model.session : undefined),
  };
}

function say(message: WorkerMessage): void {
  process.send!(message);
}

/** Says the last thing, and ends when it was heard. */
function end(message: WorkerMessage): void {
  process.send!(message, () => process.disconnect());
}
