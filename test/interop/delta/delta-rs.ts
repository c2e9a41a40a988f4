import { join } from 'node:path';
import { pythonEnvironment } from '../../helpers/parts';

/** A Python with delta-rs and PyArrow. */
export const DELTA_RS = join(pythonEnvironment('deltalake', ['deltalake==1.6.6', 'pyarrow==26.0.1']), 'python');
