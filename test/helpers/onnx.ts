// Makes small ONNX files for tests (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), right ones and wrong ones.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ELEMENT_TYPES } from '../../lib/models/onnx-runtime';

/** A tensor value: no shape means unknown rank; a named length is a symbolic one. */
export interface TestValue {
  readonly name: string;
  readonly type?: string;
  readonly shape?: readonly (number | string | null)[];
  /** A sequence of such tensors instead of one. */
  readonly sequence?: boolean;
}

/** A node; an attribute is text, a whole number, a list of either, a tensor, or a graph. */
export interface TestNode {
  readonly name?: string;
  readonly opType: string;
  readonly domain?: string;
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, string | bigint | readonly string[] | readonly bigint[] | TestTensor | TestGraph>>;
}

/** A float tensor: its values, or where they lie. */
export interface TestTensor {
  readonly name: string;
  readonly dims?: readonly number[];
  readonly values?: readonly number[];
  readonly external?: Readonly<Record<string, string>>;
}

/** A graph. */
export interface TestGraph {
  readonly inputs?: readonly TestValue[];
  readonly outputs: readonly TestValue[];
  readonly nodes: readonly TestNode[];
  readonly initializers?: readonly TestTensor[];
  readonly sparseInitializers?: readonly TestTensor[];
}

/** A model file. */
export interface TestModel extends TestGraph {
  readonly irVersion?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly opsets?: Readonly<Record<string, number>>;
  readonly functions?: readonly {
    readonly domain: string;
    readonly name: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly nodes: readonly TestNode[];
    readonly opsets?: Readonly<Record<string, number>>;
  }[];
}

/** The bytes of a model file. */
export function onnxOf(model: TestModel): Uint8Array {
  return write((to) => {
    to.tag(1, WireType.Varint).int64(model.irVersion ?? 8);
    part(to, 7, graphOf(model));
    for (const opset of opsetsOf(model.opsets ?? { '': 17 })) part(to, 8, opset);
    for (const entry of Object.entries(model.metadata ?? {}))
      part(
        to,
        14,
        write((pair) => entry.forEach((value, i) => texts(pair, i + 1, [value]))),
      );
    for (const { domain, name, inputs, outputs, nodes, opsets } of model.functions ?? []) {
      part(
        to,
        25,
        write((body) => {
          texts(body, 1, [name]);
          texts(body, 4, inputs);
          texts(body, 5, outputs);
          for (const node of nodes) part(body, 7, nodeOf(node));
          for (const opset of opsetsOf(opsets ?? { '': 17 })) part(body, 9, opset);
          texts(body, 10, [domain]);
        }),
      );
    }
  });
}

/** A model of one node that gives back what it gets, with the inputs given. */
export function identityOf(...inputs: readonly TestValue[]): Uint8Array {
  return onnxOf({
    inputs,
    outputs: inputs.map((input) => ({ ...input, name: `${input.name}_out` })),
    nodes: inputs.map(({ name }) => ({ opType: 'Identity', inputs: [name], outputs: [`${name}_out`] })),
  });
}

function opsetsOf(opsets: Readonly<Record<string, number>>): Uint8Array[] {
  return Object.entries(opsets).map(([domain, version]) =>
    write((to) => {
      texts(to, 1, [domain]);
      to.tag(2, WireType.Varint).int64(version);
    }),
  );
}

function graphOf({ nodes, inputs = [], outputs, initializers = [], sparseInitializers = [] }: TestGraph): Uint8Array {
  return write((to) => {
    for (const node of nodes) part(to, 1, nodeOf(node));
    texts(to, 2, ['test']);
    for (const tensor of initializers) part(to, 5, tensorOf(tensor));
    for (const value of inputs) part(to, 11, valueOf(value));
    for (const value of outputs) part(to, 12, valueOf(value));
    for (const tensor of sparseInitializers)
      part(
        to,
        15,
        write((sparse) => part(sparse, 1, tensorOf(tensor))),
      );
  });
}

function nodeOf({ name, opType, domain, inputs = [], outputs, attributes = {} }: TestNode): Uint8Array {
  return write((to) => {
    texts(to, 1, inputs);
    texts(to, 2, outputs);
    if (name !== undefined) texts(to, 3, [name]);
    texts(to, 4, [opType]);
    for (const [name, value] of Object.entries(attributes)) part(to, 5, attributeOf(name, value));
    if (domain !== undefined) texts(to, 7, [domain]);
  });
}

function attributeOf(name: string, value: NonNullable<TestNode['attributes']>[string]): Uint8Array {
  return write((to) => {
    texts(to, 1, [name]);
    const kind = (type: number) => to.tag(20, WireType.Varint).int32(type);
    if (typeof value === 'string') {
      texts(to, 4, [value]);
      kind(3);
    } else if (typeof value === 'bigint') {
      to.tag(3, WireType.Varint).int64(value);
      kind(2);
    } else if ('nodes' in value) {
      part(to, 6, graphOf(value));
      kind(5);
    } else if ('name' in value) {
      part(to, 5, tensorOf(value));
      kind(4);
    } else if (typeof value[0] === 'string') {
      texts(to, 9, value as readonly string[]);
      kind(8);
    } else {
      for (const number of value) to.tag(8, WireType.Varint).int64(number);
      kind(7);
    }
  });
}

function tensorOf({ name, dims = [], values, external }: TestTensor): Uint8Array {
  return write((to) => {
    for (const length of dims) to.tag(1, WireType.Varint).int64(length);
    to.tag(2, WireType.Varint).int32(1);
    texts(to, 8, [name]);
    if (values !== undefined) to.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(new Float32Array(values).buffer));
    if (external !== undefined) {
      for (const entry of Object.entries(external))
        part(
          to,
          13,
          write((pair) => entry.forEach((value, i) => texts(pair, i + 1, [value]))),
        );
      to.tag(14, WireType.Varint).int32(1);
    }
  });
}

function valueOf({ name, type = 'float', shape, sequence }: TestValue): Uint8Array {
  const tensor = write((to) => part(to, 1, tensorTypeOf(type, shape)));
  return write((to) => {
    texts(to, 1, [name]);
    part(
      to,
      2,
      sequence
        ? write((of) =>
            part(
              of,
              4,
              write((element) => part(element, 1, tensor)),
            ),
          )
        : tensor,
    );
  });
}

function tensorTypeOf(type: string, shape: TestValue['shape']): Uint8Array {
  return write((to) => {
    to.tag(1, WireType.Varint).int32(ELEMENT_TYPES.indexOf(type as (typeof ELEMENT_TYPES)[number]));
    if (shape !== undefined)
      part(
        to,
        2,
        write((dims) => shape.forEach((length) => part(dims, 1, dimensionOf(length)))),
      );
  });
}

function dimensionOf(length: number | string | null): Uint8Array {
  return write((to) => {
    if (typeof length === 'number') to.tag(1, WireType.Varint).int64(length);
    else if (length !== null) texts(to, 2, [length]);
  });
}

function write(fill: (to: BinaryWriter) => void): Uint8Array {
  const to = new BinaryWriter();
  fill(to);
  return to.finish();
}

function part(to: BinaryWriter, field: number, bytes: Uint8Array): void {
  to.tag(field, WireType.LengthDelimited).bytes(bytes);
}

function texts(to: BinaryWriter, field: number, values: readonly string[]): void {
  for (const value of values) to.tag(field, WireType.LengthDelimited).string(value);
}
