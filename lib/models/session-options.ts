// The session options of an MLflow model, by the names of ONNX Runtime's Python package
// (https://onnxruntime.ai/docs/api/python/api_summary.html#sessionoptions), as far as the Node.js binding supports them.
import type { SessionSpec } from '../contract/endpoint-spec';
import { type Checked, type Finding } from '../contract/finding';
import { isMap, kindOf } from './mlflow-directory';

/** The options that the runtime applies, and the names of the others. */
export interface SessionOptions {
  /** The options to apply; absent if there are none. */
  readonly session?: SessionSpec;
  /** The names of the options that have no effect. */
  readonly unused: readonly string[];
}

const LEVELS: ReadonlyMap<unknown, SessionSpec['graphOptimizationLevel']> = new Map([
  [0, 'disabled'],
  [1, 'basic'],
  [2, 'extended'],
  [99, 'all'],
]);

/** The entries of `extra_session_config` that turn a feature of the graph on or off. Others concern files, devices or threads. */
const CONFIG_KEYS = [
  'session.set_denormal_as_zero',
  'session.disable_prepacking',
  'session.disable_quant_qdq',
  'session.disable_double_qdq_remover',
  'session.enable_quant_qdq_cleanup',
  'session.disable_aot_function_inlining',
  'session.qdqisint8allowed',
  'optimization.enable_gelu_approximation',
  'mlas.enable_gemm_fastmath_arm64_bfloat16',
];

/** Reads the `onnx_session_options` of an MLmodel file. */
export function readSessionOptions(options: unknown): Checked<SessionOptions> {
  if (options === undefined || options === null) return { value: { unused: [] } };
  if (!isMap(options)) return { findings: [{ path: '`onnx_session_options`', expected: 'a mapping of options', got: kindOf(options) }] };
  const findings: Finding[] = [];
  const unused: string[] = [];
  const session: { -readonly [key in keyof SessionSpec]: SessionSpec[key] } = {};
  const wrong = (name: string, expected: string) =>
    findings.push({ path: `\`onnx_session_options\`, ${name}`, expected, got: kindOf(options[name]) });
  for (const [name, value] of Object.entries(options)) {
    if (value === null) continue;
    switch (name) {
      case 'graph_optimization_level':
        if (LEVELS.has(value)) session.graphOptimizationLevel = LEVELS.get(value);
        else wrong(name, [...LEVELS.keys()].join(', '));
        break;
      case 'execution_mode': {
        const mode = String(value).toLowerCase();
        if (mode === 'sequential' || mode === 'parallel') session.executionMode = mode;
        else wrong(name, 'sequential or parallel');
        break;
      }
      case 'intra_op_num_threads':
      case 'inter_op_num_threads':
        if (!Number.isSafeInteger(value) || (value as number) < 0) wrong(name, 'a whole number, 0 or more');
        // 0 means the runtime's default
        else if (value !== 0) session[name === 'intra_op_num_threads' ? 'intraOpNumThreads' : 'interOpNumThreads'] = value as number;
        break;
      case 'enable_cpu_mem_arena':
      case 'enable_mem_pattern':
        if (typeof value !== 'boolean') wrong(name, 'true or false');
        else session[name === 'enable_mem_pattern' ? 'enableMemPattern' : 'enableCpuMemArena'] = value;
        break;
      case 'extra_session_config':
        if (isMap(value)) Object.assign(session, readConfig(value, unused, findings));
        else wrong(name, 'a mapping of entries');
        break;
      default:
        unused.push(name);
    }
  }
  if (findings.length > 0) return { findings };
  return { value: { ...(Object.keys(session).length > 0 && { session }), unused } };
}

function readConfig(entries: { readonly [key: string]: unknown }, unused: string[], findings: Finding[]): Pick<SessionSpec, 'config'> {
  const config: Record<string, string> = {};
  for (const [key, value] of Object.entries(entries)) {
    if (!CONFIG_KEYS.includes(key)) unused.push(key);
    else if (['0', '1'].includes(String(value))) config[key] = String(value);
    else findings.push({ path: `\`onnx_session_options\`, ${key}`, expected: '0 or 1', got: kindOf(value) });
  }
  return Object.keys(config).length > 0 ? { config } : {};
}
