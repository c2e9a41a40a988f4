import { type DataType, isArray, type JsonValue } from '../contract/data-types';
import type { ParamSpec } from '../contract/endpoint-spec';
import { defaultValueProblem } from '../contract/json-values';
import { type Checked, failed, type Finding } from '../contract/finding';
import { isMap, kindOf, type YamlMap } from './mlflow-directory';
import { partOf, typeOf } from './mlflow-signature';

/** A date, or a time without offset, in the form that Python writes. */
const NAIVE_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$/;

/** Reads the params of a signature, which are a list or a mapping by name. */
export function signedParams(params: unknown): Checked<readonly ParamSpec[]> {
  const part = params === undefined ? null : partOf(params);
  if (part === null) return { value: [] };
  const specs = isMap(part) ? Object.entries(part).map(([name, spec]) => (isMap(spec) ? { name, ...spec } : spec)) : part;
  if (!Array.isArray(specs) || !specs.every(isMap))
    return { findings: [{ path: 'signature, `params`', expected: 'a list of params, as JSON', got: kindOf(params) }] };
  const findings: Finding[] = [];
  const read: ParamSpec[] = [];
  for (const spec of specs) {
    const param = signedParam(spec);
    if ('findings' in param) findings.push(...param.findings);
    else if (read.some(({ name }) => name === param.value.name))
      findings.push({ path: 'signature, `params`', expected: 'distinct names', got: `'${param.value.name}' twice` });
    else read.push(param.value);
  }
  return findings.length > 0 ? { findings } : { value: read };
}

function signedParam({ default: given = null, ...spec }: YamlMap): Checked<ParamSpec> {
  const { name, shape = null } = spec;
  if (typeof name !== 'string' || name === '') return failed('signature, `params`', 'a name for each param', kindOf(name));
  const path = `signature, param '${name}'`;
  // older releases of MLflow wrote `dtype`
  const element = typeOf({ ...spec, type: spec.type ?? spec.dtype });
  if (element === undefined)
    return failed(
      path,
      'one of the types boolean, integer, long, float, double, string, binary, datetime',
      kindOf(spec.type ?? spec.dtype),
    );
  if (shape !== null && !(JSON.stringify(shape) === '[-1]' && !isArray(element)))
    return failed(path, 'no `shape`, or the `shape` [-1] for a list', JSON.stringify(shape));
  const type: DataType = shape === null ? element : { element: element as Exclude<DataType, object>, shape: [null] };
  if (given === null) return { value: { name, type } };
  const defaultValue = inJson(type, given as JsonValue);
  const expected = defaultValueProblem(type, defaultValue);
  return expected === undefined ? { value: { name, type, defaultValue } } : failed(`${path}, \`default\``, expected, JSON.stringify(given));
}

/** Converts a default to the JSON form of its type. A time without offset is in UTC. */
function inJson(type: DataType, value: JsonValue): JsonValue {
  if (isArray(type)) return Array.isArray(value) ? (value as JsonValue[]).map((item) => inJson(type.element, item)) : value;
  if (type !== 'timestamp' || typeof value !== 'string') return value;
  const [, time] = NAIVE_TIME.exec(value) ?? [undefined, ''];
  return time === '' ? value : `${value}${time === undefined ? 'T00:00:00' : ''}Z`;
}
