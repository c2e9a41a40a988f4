import { type ExpressionCheck, resolveEntity } from '../../../lib/contract/check-entity';
import { type EntityPieces } from '../../../lib/contract/entity-pieces';
import { type ParamSpec } from '../../../lib/contract/endpoint-spec';
import { findingText } from '../../../lib/contract/finding';
import { columnOf, functionOf, modelOf, piecesOf } from '../../helpers/entity-pieces';

const PARAMS: ParamSpec[] = [
  { name: 'scale', type: 'double', defaultValue: 1 },
  { name: 'currency', type: 'string' },
];
const model = { ...modelOf([{ column: columnOf('x', 'float'), tensor: 'float32' }]), params: PARAMS };
const SCALED = functionOf(columnOf('x', 'double'), ['y'], {
  inputs: [
    { name: 'y', column: 'y' },
    { name: 'by', column: 'params.scale' },
    { name: 'of', column: 'params.currency' },
  ],
});
const pieces = piecesOf({ declaredRequestColumns: [columnOf('y', 'long')], functions: [SCALED], model });
const accept: ExpressionCheck = () => undefined;
const findings = (of: EntityPieces) => resolveEntity(of, accept).findings.map(findingText);

test('a function takes a param of the model as an input, with its type', () => {
  const seen: unknown[] = [];
  const { findings, requestColumns } = resolveEntity(pieces, (_, inputs) => void seen.push(...inputs));
  expect(findings).toEqual([]);
  expect(seen).toEqual([
    { name: 'y', type: 'long' },
    { name: 'by', type: 'double' },
    { name: 'of', type: 'string' },
  ]);
  expect(requestColumns).toEqual([columnOf('y', 'long')]);
});

test('the lineage shows the uses of a param', () => {
  expect(resolveEntity(pieces, accept).lineage[0]!.from).toEqual([
    { column: columnOf('y', 'long'), source: 'request', from: [] },
    { column: columnOf('params.scale', 'double', { defaultValue: 1 }), source: 'param', from: [] },
    { column: columnOf('params.currency', 'string', { nullable: true }), source: 'param', from: [] },
  ]);
});

test('fails on an unknown param, and names the params of the model', () => {
  const of = { ...SCALED, inputs: [{ name: 'by', column: 'params.size' }] };
  expect(findings(piecesOf({ functions: [of], model }))).toEqual([
    "function 'x', input 'by': expected a column of this feature spec ('x', 'params.scale', 'params.currency'), got: 'params.size'",
  ]);
});

test('fails on a param where features are served', () => {
  expect(
    findings(piecesOf({ declaredRequestColumns: [columnOf('y', 'long')], functions: [{ ...SCALED, inputs: [SCALED.inputs[1]!] }] })),
  ).toEqual(["function 'x', input 'by': expected a column of this feature spec ('y', 'x'), got: 'params.scale'"]);
});

test('fails on a column with the name of a param', () => {
  expect(findings(piecesOf({ declaredRequestColumns: [columnOf('params.scale', 'long')], model }))).toEqual([
    "`requestColumns`: expected a name other than 'params.scale', which is a param of the model, got: 'params.scale'",
  ]);
});

test('a column may be named like a param of no model', () => {
  expect(findings(piecesOf({ declaredRequestColumns: [columnOf('params.other', 'long')], model }))).toEqual([]);
});
