/** What Python converts models with, in versions that work together. */
export const CONVERT_PACKAGES = [
  'scikit-learn==1.9.1',
  'skl2onnx==1.20.0',
  'onnx==1.23.2',
  'onnxruntime==1.31.1',
  'xgboost-cpu==3.2.0',
  'lightgbm==4.7.0',
  'onnxmltools==1.16.0',
  'pandas==3.1.1',
  'numpy==2.4.6',
  'mlflow-skinny==3.17.2',
  'pyarrow==26.0.1',
];
