import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { SessionSpec } from '../../lib/contract/endpoint-spec';
import type { TensorData, Tensors, TensorValue } from './model-plan';
import type { Scorer } from './score';

/** Lambda gives a function one virtual CPU for each of these, six at most. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MEBIBYTES_A_CPU = 1769;
const MOST_CPUS = 6;

/** How many threads a function of this memory has CPUs for. */
export function threadsOf(memoryMebibytes: number): number {
  return Math.min(MOST_CPUS, Math.max(1, Math.floor(memoryMebibytes / MEBIBYTES_A_CPU)));
}

/** A model in an ONNX Runtime of this process, run as it asks to be. `run` blocks the event loop while the graph runs. */
export async function openSession(file: string, threads: number, asked: SessionSpec = {}): Promise<Scorer> {
  const { intraOpNumThreads = threads, interOpNumThreads = 1, config, ...others } = asked;
  const session = await InferenceSession.create(file, {
    ...others,
    // counts of the machine where the model was made; more threads than CPUs only get into each other's way
    intraOpNumThreads: Math.min(threads, intraOpNumThreads),
    interOpNumThreads: Math.min(threads, interOpNumThreads),
    // what it would write is thrown as well, and may show values of the request
    logSeverityLevel: 4,
    // spinning threads would burn the CPU that the next request needs, and Lambda bills
    extra: { ...config, 'session.intra_op.allow_spinning': '0', 'session.inter_op.allow_spinning': '0' },
  });
  return {
    async run(feeds, fetches) {
      const tensors: Record<string, Tensor> = {};
      for (const name of Object.keys(feeds)) tensors[name] = tensorOf(feeds[name]!);
      return valuesOf(await session.run(tensors, fetches));
    },
  };
}

function tensorOf({ type, data, dims }: TensorValue): Tensor {
  const tensor = new Tensor(type, data as never, dims);
  // where JavaScript has a Float16Array the class takes the bits for one, which the binding of 1.30 cannot read
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

/** For the same reason outputs may come in a Float16Array. */
function bitsOf({ buffer, byteOffset, length }: Uint16Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}
