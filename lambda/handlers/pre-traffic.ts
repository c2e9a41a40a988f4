import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEW_VERSION_VARIABLE, ROLLOUT_DOCUMENT_FILE, type RolloutDocument } from '../../lib/contract/rollout-document';
import { PROCESS_IO } from '../process-io';
import { type HookEvent, invokerOf, reportHook, type RolloutIo } from '../rollout/aws-calls';
import { tryVersion } from '../rollout/try-version';

/** What the handler gets from its process. */
export interface HookHost extends RolloutIo {
  /** Writes a line of the log. */
  readonly write: (line: string) => void;
}

/**
 * The handler that CodeDeploy calls before a new version of an endpoint's function gets traffic. It sends all recorded cases to that
 * version, and stops the deployment if an answer differs from the expected answer.
 * @param folder holds the roll-out document
 */
export function preTraffic(folder: string, host: HookHost = processHost()): (event: HookEvent) => Promise<void> {
  const document = JSON.parse(readFileSync(join(folder, ROLLOUT_DOCUMENT_FILE), 'utf8')) as RolloutDocument;
  const version = host.env[NEW_VERSION_VARIABLE];
  if (version === undefined) throw new Error(`expected the ARN of a version in ${NEW_VERSION_VARIABLE}, got: none`);
  const invoke = invokerOf(host, version);
  return async (event) => {
    const problems = await tryVersion(document, invoke).catch((error: unknown) => [String(error)]);
    const status = problems.length === 0 ? 'Succeeded' : 'Failed';
    host.write(`${JSON.stringify({ endpoint: document.endpointName, version, deployment_id: event.DeploymentId, status, problems })}\n`);
    await reportHook(host, event, status);
  };
}

function processHost(): HookHost {
  const { env } = process;
  return {
    env,
    ...PROCESS_IO,
    write: (line) => process.stdout.write(line),
  };
}
