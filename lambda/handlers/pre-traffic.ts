import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NEW_VERSION_VARIABLE, ROLLOUT_DOCUMENT_FILE, type RolloutDocument } from '../../lib/contract/rollout-document';
import { type HookEvent, invokerOf, reportHook } from '../rollout/aws-calls';
import { createSignedCall, type SignedCall } from '../aws/signed-call';
import { tryVersion } from '../rollout/try-version';

/** What the handler takes from the process that it runs in. */
export interface HookHost {
  readonly env: { readonly [name: string]: string | undefined };
  readonly call: SignedCall;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Takes a line of the log. */
  readonly write: (line: string) => void;
}

/**
 * The handler that CodeDeploy calls before a new version of an endpoint's function gets traffic: it asks that version all recorded cases, and
 * ends the deployment if one is not answered as expected.
 * @param folder holds the roll-out document
 */
export function preTraffic(folder: string, host: HookHost = processHost()): (event: HookEvent) => Promise<void> {
  const document = JSON.parse(readFileSync(join(folder, ROLLOUT_DOCUMENT_FILE), 'utf8')) as RolloutDocument;
  const version = host.env[NEW_VERSION_VARIABLE];
  if (version === undefined) throw new Error(`expected the ARN of a version in ${NEW_VERSION_VARIABLE}, got: nothing`);
  const invoke = invokerOf(host.call, version, host.sleep);
  return async (event) => {
    const problems = await tryVersion(document, invoke).catch((error: unknown) => [String(error)]);
    const status = problems.length === 0 ? 'Succeeded' : 'Failed';
    host.write(`${JSON.stringify({ endpoint: document.endpointName, version, deployment_id: event.DeploymentId, status, problems })}\n`);
    await reportHook(host.call, event, status);
  };
}

function processHost(): HookHost {
  const { env } = process;
  return {
    env,
    call: createSignedCall(env, Date.now),
    sleep: (milliseconds) => setTimeout(milliseconds),
    write: (line) => process.stdout.write(line),
  };
}
