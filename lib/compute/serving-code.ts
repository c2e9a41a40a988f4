import { ENDPOINT_SPEC_FILE, type EndpointSpec } from '../spec/endpoint-spec';
import { type AssetFile, type FunctionCode } from './function-asset';

/** The entry point: the runtime is found in the layer, everything else beside this file. */
const ENTRY = 'exports.handler = require("cdk-ml-serving-runtime").serve(__dirname);\n';

/** What an endpoint's function runs. */
export function servingCode(spec: EndpointSpec, files: readonly AssetFile[]): FunctionCode {
  return { entry: ENTRY, document: { file: ENDPOINT_SPEC_FILE, content: spec }, files };
}
