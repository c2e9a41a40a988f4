import { readSessionOptions } from '../../../lib/models/session-options';

test.each([
  [undefined, {}],
  [null, {}],
  [{}, {}],
  [{ execution_mode: null }, {}],
  [{ graph_optimization_level: 0 }, { session: { graphOptimizationLevel: 'disabled' } }],
  [{ graph_optimization_level: 1 }, { session: { graphOptimizationLevel: 'basic' } }],
  [{ graph_optimization_level: 2 }, { session: { graphOptimizationLevel: 'extended' } }],
  [{ graph_optimization_level: 99 }, { session: { graphOptimizationLevel: 'all' } }],
  [{ execution_mode: 'PARALLEL' }, { session: { executionMode: 'parallel' } }],
  [{ intra_op_num_threads: 2, inter_op_num_threads: 1 }, { session: { intraOpNumThreads: 2, interOpNumThreads: 1 } }],
  [{ intra_op_num_threads: 0 }, {}],
  [{ enable_cpu_mem_arena: false, enable_mem_pattern: true }, { session: { enableCpuMemArena: false, enableMemPattern: true } }],
  [{ extra_session_config: { 'session.set_denormal_as_zero': 1 } }, { session: { config: { 'session.set_denormal_as_zero': '1' } } }],
  [{ extra_session_config: {} }, {}],
])('reads %j', (options, read) => {
  expect(readSessionOptions(options)).toEqual({ value: { ...read, unused: [] } });
});

test('names the options without effect', () => {
  const options = {
    enable_profiling: true,
    logid: 'x',
    extra_session_config: { 'session.intra_op.allow_spinning': '1', 'session.disable_prepacking': '1' },
  };
  expect(readSessionOptions(options)).toEqual({
    value: {
      session: { config: { 'session.disable_prepacking': '1' } },
      unused: ['enable_profiling', 'logid', 'session.intra_op.allow_spinning'],
    },
  });
});

const OPTIONS = '`onnx_session_options`';

test.each([
  ['x', OPTIONS, 'a mapping of options', '"x"'],
  [{ graph_optimization_level: 3 }, `${OPTIONS}, graph_optimization_level`, '0, 1, 2, 99', '3'],
  [{ execution_mode: 'fast' }, `${OPTIONS}, execution_mode`, 'sequential or parallel', '"fast"'],
  [{ intra_op_num_threads: -1 }, `${OPTIONS}, intra_op_num_threads`, 'a whole number, 0 or more', '-1'],
  [{ inter_op_num_threads: '2' }, `${OPTIONS}, inter_op_num_threads`, 'a whole number, 0 or more', '"2"'],
  [{ enable_mem_pattern: 1 }, `${OPTIONS}, enable_mem_pattern`, 'true or false', '1'],
  [{ extra_session_config: [] }, `${OPTIONS}, extra_session_config`, 'a mapping of entries', 'a list'],
  [{ extra_session_config: { 'session.disable_prepacking': 'yes' } }, `${OPTIONS}, session.disable_prepacking`, '0 or 1', '"yes"'],
])('fails on %j', (options, path, expected, got) => {
  expect(readSessionOptions(options)).toEqual({ findings: [{ path, expected, got }] });
});
