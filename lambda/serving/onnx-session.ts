import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { SessionSpec } from '../../lib/contract/endpoint-spec';
import type { TensorData, Tensors, TensorValue } from '../protocols/tensor';
import { InputFault, type Scorer } from './score';

/** Lambda gives a function one virtual CPU for each of these, six at most. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MEBIBYTES_A_CPU = 1769;
const MOST_CPUS = 6;

/** The number of threads for which a function with this memory has CPUs. */
export function threadsOf(memoryMebibytes: number): number {
  return Math.min(MOST_CPUS, Math.max(1, Math.floor(memoryMebibytes / MEBIBYTES_A_CPU)));
}

/** Opens a model in the ONNX Runtime of this process. A run blocks the event loop. @param options the session options of the model */
export async function openSession(file: string, threads: number, options: SessionSpec = {}): Promise<Scorer> {
  const { intraOpNumThreads = threads, interOpNumThreads = 1, config, ...others } = options;
  const session = await InferenceSession.create(file, {
    ...others,
    // the model may ask for the threads of the machine where it was made; more threads than CPUs slow each other down
    intraOpNumThreads: Math.min(threads, intraOpNumThreads),
    interOpNumThreads: Math.min(threads, interOpNumThreads),
    // ONNX Runtime also throws the messages that it logs, and its log may show values of the request
    logSeverityLevel: 4,
    // spinning threads would burn the CPU that the next request needs, and Lambda bills
    extra: { ...config, 'session.intra_op.allow_spinning': '0', 'session.inter_op.allow_spinning': '0' },
  });
  return {
    async run(feeds, fetches, { deadline }) {
      deadline.check();
      const tensors: Record<string, Tensor> = {};
      for (const name of Object.keys(feeds)) tensors[name] = tensorOf(feeds[name]!);
      try {
        return valuesOf(await session.run(tensors, fetches));
      } catch (error) {
        const reason = inputFaultReason(String(error));
        throw reason === undefined ? error : new InputFault(`that ONNX Runtime refuses ${reason}`, error);
      }
    },
  };
}

/**
 * Why the input made a run fail: a kernel got an invalid value, or shapes do not match. Undefined if the run failed for another reason.
 * The binding gives no code, only a text, which may show values.
 */
function inputFaultReason(text: string): string | undefined {
  if (/bad_alloc|allocate memory/i.test(text)) return undefined;
  const node = /Non-zero status code returned while running (\w+) node/.exec(text)?.[1];
  if (node !== undefined) return `in an operator of type ${node}`;
  return /Got invalid dimensions|Invalid rank for input/.test(text) ? 'for their shape' : undefined;
}

function tensorOf({ type, data, dims }: TensorValue): Tensor {
  const tensor = new Tensor(type, data as never, dims);
  // if JavaScript has Float16Array, the Tensor class makes the bits a Float16Array, which the binding of 1.30 cannot read
  return type === 'float16' ? Object.assign(tensor, { cpuData: data }) : tensor;
}

function valuesOf(tensors: InferenceSession.ReturnType): Tensors {
  const values: Record<string, TensorValue> = {};
  for (const name of Object.keys(tensors)) {
    const { type, dims, data } = tensors[name] as Tensor;
    values[name] = {
      type: type as TensorValue['type'],
      dims,
      data: type === 'float16' ? bitsOf(data as Uint16Array) : (data as TensorData),
    };
  }
  return values;
}

/** The bits of a float16 tensor, which the binding may give as a Float16Array. */
function bitsOf({ buffer, byteOffset, length }: Uint16Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}
