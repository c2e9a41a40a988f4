import { openSession } from '../../lambda/serving/onnx-session';
import { moduleLoader } from '../app/endpoints';
import { openSource } from '../rows/open-rows';
import { PartFolder } from '../rows/part-folder';
import { asUserError, errorText, UserError } from '../terminal/user-error';
import { openLookups } from './lookup-places';
import type { ScoreJob, WorkerMessage, WorkerTask } from './score-job';
import { scorePieces, type ScoreTools } from './score-piece';
import { entityPlans, fitPlans, rowAssigner } from './split-rows';

// The process of a worker: it scores its pieces one after another, and writes a part for each.

process.on('message', (task: WorkerTask) => {
  work(task).then(
    () => finish({ kind: 'end' }),
    (error: unknown) => {
      const known = asUserError(error);
      finish({ kind: 'end', error: { message: errorText(known), isUserError: known instanceof UserError } });
    },
  );
});

// the command stopped without a signal
process.on('disconnect', () => process.exit());

async function work({ job, parts, pieces }: WorkerTask): Promise<void> {
  const tools = await openTools(job);
  const folder = PartFolder.join(parts);
  for await (const { number, bytes, notes } of scorePieces(job, tools, pieces)) {
    folder.keep(number, bytes, notes);
    send({ kind: 'part', number });
  }
}

async function openTools({ folder, spec, models, lookups, clock, source }: ScoreJob): Promise<ScoreTools> {
  const names = Object.entries(lookups).map(([name, place]) => [name, place.kind === 'online' ? place.tableName : name]);
  const plans = entityPlans(spec, { tables: Object.fromEntries(names) }, moduleLoader(folder));
  const input = await openSource(source);
  const fitted = fitPlans(spec, plans, input);
  const entities: ScoreTools['entities'][number][] = [];
  for (const [i, entity] of spec.servedEntities.entries()) {
    const session = entity.kind === 'model' ? entity.model.session : undefined;
    entities.push({ name: entity.name, fitted: fitted[i]!, scorer: await openSession(models[i]!, 1, session) });
  }
  return {
    input,
    entities,
    assign: spec.traffic && rowAssigner(spec, plans, input),
    lookups: Object.keys(lookups).length > 0 ? await openLookups(lookups, clock) : undefined,
  };
}

function send(message: WorkerMessage): void {
  process.send!(message);
}

/** Sends the last message, and stops once it is received. */
function finish(message: WorkerMessage): void {
  process.send!(message, () => process.disconnect());
}
