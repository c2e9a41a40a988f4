import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Column, ElementType, ModelArtifact } from '../../../lib';

/** The models of the fixtures. */
export const FIXTURES = join(__dirname, '..', '..', 'fixtures');

/** A case of a fixture. */
export interface Case {
  readonly name: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** An endpoint that serves a model of the fixtures, and what it must answer. */
export interface EndpointUnderTest {
  readonly name: string;
  readonly artifact: () => ModelArtifact;
  readonly cases: readonly Case[];
  readonly tolerance: { readonly rtol: number; readonly atol: number };
  /** Whether all cases go in one request too. */
  readonly batch: boolean;
}

interface CasesFile {
  readonly columns?: readonly string[];
  readonly tolerance: { readonly rtol: number; readonly atol: number };
  readonly cases: readonly Case[];
}

/** What a model needs said of it that its file does not say. */
const OPTIONS: Record<string, { columns?: Column[]; outputs?: string[] }> = {
  'dtypes/float16_in': { columns: [Column.float('x', { nullable: true })] },
  'dtypes/float32_in': { columns: [Column.float('x', { nullable: true })] },
  'dtypes/float64_in': { columns: [Column.double('x', { nullable: true })] },
  sequence_output: { outputs: ['y'] },
};

/** The MLflow directories that can be served, and the model that each was made from. */
const MLFLOW: Record<string, string> = {
  mlflow_onnx_house: 'house_price_b',
  mlflow_onnx_house_matrix: 'house_price_a',
  mlflow_onnx_tensor_signature: 'mlp_dynamic',
  mlflow_onnx_unnamed_tensor: 'mlp_dynamic',
  mlflow_onnx_no_signature: 'house_price_a',
  mlflow_onnx_params_optional: 'house_price_a',
  mlflow_onnx_external_data: 'external_data',
  mlflow_onnx_v2: 'house_price_a',
};

/** The directories whose signature has one tensor column where the model's cases have a column each. */
const TENSOR_COLUMN: Record<string, string> = { mlflow_onnx_no_signature: 'float_input', mlflow_onnx_external_data: 'x' };

function readCases(model: string): CasesFile {
  return JSON.parse(readFileSync(join(FIXTURES, model, 'cases.json'), 'utf8')) as CasesFile;
}

function modelsIn(folder: string): string[] {
  return readdirSync(join(FIXTURES, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('cases.json') && !file.startsWith('mlflow'))
    .map((file) => file.slice(0, -'/cases.json'.length));
}

function expectedOf(outputs: readonly string[] | undefined, cases: readonly Case[]): readonly Case[] {
  if (outputs === undefined) return cases;
  return cases.map((one) => ({ ...one, expected: Object.fromEntries(outputs.map((name) => [name, one.expected[name]])) }));
}

function onnxEndpoint(model: string): EndpointUnderTest {
  const { columns, tolerance, cases } = readCases(model);
  const options = OPTIONS[model] ?? (columns && { columns: columns.map((name) => Column.double(name, { nullable: true })) });
  return {
    name: model.replace('/', '_'),
    artifact: () => ModelArtifact.fromOnnx(join(FIXTURES, model, 'model.onnx'), options),
    cases: expectedOf(options?.outputs, cases),
    tolerance,
    batch: model !== 'scalar_output',
  };
}

function mlflowEndpoint([directory, model]: [string, string]): EndpointUnderTest {
  const { columns, tolerance, cases } = readCases(model);
  const tensor = TENSOR_COLUMN[directory];
  const rows = tensor === undefined ? cases : cases.map((one) => ({ ...one, row: { [tensor]: columns!.map((name) => one.row[name]) } }));
  return {
    name: directory,
    artifact: () => ModelArtifact.fromMlflow(join(FIXTURES, 'mlflow', directory)),
    cases: rows,
    tolerance,
    batch: true,
  };
}

function special(): EndpointUnderTest[] {
  const unknown = readCases('unknown_rank');
  const scalar = readCases('scalar_output');
  const file = (model: string) => join(FIXTURES, model, 'model.onnx');
  return [
    {
      ...{
        name: 'unknown_rank_vector',
        tolerance: unknown.tolerance,
        batch: true,
        cases: unknown.cases.filter(({ row }) => Array.isArray(row.x)),
      },
      artifact: () => ModelArtifact.fromOnnx(file('unknown_rank'), { columns: [Column.array('x', ElementType.FLOAT, { shape: [-1] })] }),
    },
    {
      ...{
        name: 'unknown_rank_scalar',
        tolerance: unknown.tolerance,
        batch: true,
        cases: unknown.cases.filter(({ row }) => !Array.isArray(row.x)),
      },
      artifact: () => ModelArtifact.fromOnnx(file('unknown_rank'), { columns: [Column.float('x')] }),
    },
    {
      ...{ name: 'scalar_output_y', tolerance: scalar.tolerance, batch: true, cases: expectedOf(['y'], scalar.cases) },
      artifact: () => ModelArtifact.fromOnnx(file('scalar_output'), { outputs: ['y'] }),
    },
  ];
}

/** Every model of the fixtures that has cases, every MLflow directory that can be served, and the models that need saying twice. */
export const ENDPOINTS: readonly EndpointUnderTest[] = [
  ...modelsIn('')
    .filter((model) => model !== 'unknown_rank')
    .map(onnxEndpoint),
  ...Object.entries(MLFLOW).map(mlflowEndpoint),
  ...special(),
];
