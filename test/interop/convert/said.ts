// What convert says of the cases of bad.py, whole.

/** Why each is refused, then what to do about it. */
export const REFUSED: Record<string, readonly string[]> = {
  'lacking column': ["sample.csv: the model needs column 'b', which the sample does not have", "its columns: 'a'"],
  'no such target': ["--target: expected a column of sample.csv, got: 'price'", "its columns: 'a', 'b'"],
  'target is an input': [
    "--target: the model takes the column 'a' as an input",
    'if it is what the model predicts, the model was trained with its answer among its inputs: leave it out and train again',
    'if it is an input, leave out --target',
  ],
  'one column too many': [
    'sample.csv: expected 2 columns, as many as the model takes, got: 3',
    "its columns: 'a', 'b', 'y'",
    "the model does not know its columns' names (it was trained on an array), so the sample must hold just these, in the order of the training; if one is what it predicts, name it by --target",
  ],
  'one column too few': [
    'sample.csv: expected 2 columns, as many as the model takes, got: 1',
    "its columns: 'a'",
    'write the sample from the same columns that the model was trained on, in the same order',
  ],
  'latin-1': [
    'sample.csv:3: expected UTF-8, got: byte 0xe9',
    'write it again as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 sample.csv > utf8.csv (or the encoding that it has)',
  ],
  'UTF-16': ['sample.csv: expected UTF-8, got: UTF-16', 'write it again as UTF-8: iconv -f UTF-16 -t UTF-8 sample.csv > utf8.csv'],
  'zero bytes': ['sample.csv: expected CSV, got: a file with zero bytes', 'save the sample as CSV in UTF-8'],
  'empty file': ['sample.csv: expected a header and at least one row, got: an empty file'],
  'header alone': ['sample.csv: expected at least one row after the header, got: none'],
  ragged: ['sample.csv:4: expected 2 cells as in the header, got: 1'],
  semicolons: [
    "sample.csv:1: expected columns separated by commas, got: the one column 'a;b'",
    "write the sample again with commas: DataFrame.to_csv('X.csv', index=False)",
  ],
  twice: ["sample.csv:1: expected each column once, got: 'a' again"],
  'no name': [
    'sample.csv:1: expected a name for each column, got: none for column 1',
    "an index without a name? leave it out: DataFrame.to_csv('X.csv', index=False)",
  ],
  'text where a number is': [
    "sample.csv:3: column 'b': expected a number, because the model computes with it, got: 'abc'",
    'the model takes text only through an encoder that is part of it: put the whole pipeline into the file, not its last step',
  ],
  'missing where the model takes none': [
    'line 3 of the sample: the model itself cannot answer it: ValueError: Input X contains NaN',
    'this row has no value in b: fill it by a SimpleImputer in the pipeline, or leave such rows out',
  ],
  'category that is new': [
    "line 3 of the sample: the model itself cannot answer it: ValueError: Found unknown categories ['z'] in column 0 during transform",
  ],
  'no pickle': [
    "model.pkl: expected a pickle that python can load, got: ValueError: invalid literal for int() with base 10: b'lainly no pickl'",
    'it is no pickle, it is cut off, or another version of a library made it: load it in the Python that made it and name that one by --python',
  ],
  'cut off': [
    'model.pkl: expected a pickle that python can load, got: UnpicklingError: pickle exhausted before end of frame',
    'it is no pickle, it is cut off, or another version of a library made it: load it in the Python that made it and name that one by --python',
  ],
  'module that is not there': [
    "model.pkl: the pickle needs the Python module 'no_such_module', which python does not have",
    'python -m pip install no_such_module',
    'if the module is your own: run this from the folder where it lies, or put that folder on PYTHONPATH',
  ],
  'class of a script': [
    "model.pkl: the pickle names something that is not there: module '__main__' has no attribute 'MyModel'",
    'a class or function defined in a script or notebook is not in the pickle: move it into a module, train again, run this where the module is',
    'or the model was made by another version of its library; see the versions that it was trained with',
  ],
  dict: [
    "model.pkl: expected a model, got: a dict with the keys 'model', 'scaler'",
    "save the model alone: joblib.dump(model, 'model.pkl')",
  ],
  class: ['model.pkl: expected a model, got: the class LogisticRegression', 'save a fitted model'],
  number: ['model.pkl: expected a model with `predict`, got: numpy.float64'],
  'empty model': ['model.pkl: expected a model, got: an empty file'],
  pointer: ['model.pkl: expected a model, got: a Git LFS pointer', 'git lfs pull'],
  'web page': ['model.pkl: expected a model, got: a web page or XML, as a download that failed leaves it'],
  onnx: ['model.onnx: an ONNX file needs no conversion', 'ModelArtifact.fromOnnx takes it as it is'],
  pytorch: [
    'model.pt: a PyTorch file holds weights, not a model',
    "export it where the model is built: torch.onnx.export(model, example, 'model.onnx', dynamo=True)",
  ],
  'json of something else': [
    'model.json: expected a model file of XGBoost, got: Invalid cast, from Null to Object',
    'this Python has XGBoost 3.2.0; a file of a later version needs that one',
  ],
  'text of something else': [
    "model.txt: expected a model file of LightGBM, got: LightGBMError: Model file doesn't specify the number of classes",
  ],
  'no MLmodel': ['folder: expected an MLflow directory with a file MLmodel, got: a folder without one', 'name the model file itself'],
  'MLmodel below': ['runs: expected an MLflow directory with a file MLmodel, got: a folder without one', 'did you mean runs/model?'],
  'onnx flavour': ['runs/model: has an ONNX flavour, which needs no conversion', 'ModelArtifact.fromMlflow takes it as it is'],
  'other flavour': ["folder: expected a flavour of sklearn, xgboost or lightgbm, got: 'pytorch', 'python_function'"],
  'file not there': [
    "folder: MLmodel names the model file 'model.pkl', which is not there",
    'download the whole directory: mlflow artifacts download',
  ],
  'no YAML': ['folder/MLmodel: expected YAML, got: ParserError: while parsing a flow sequence'],
  'own transformer': [
    "OwnTransformer (at steps 'owntransformer') cannot be converted: MissingShapeCalculator: Unable to find a shape calculator for type '<class '__main__.OwnTransformer'>'",
    "the class is not scikit-learn's: converters know only its own; compute what it does by a feature function, and train the pipeline on its result",
  ],
  'own function': [
    "FunctionTransformer (at steps 'functiontransformer') cannot be converted: RuntimeError: FunctionTransformer is not supported unless the transform function is None (= identity)",
    'your own functions cannot be converted, only those of NumPy such as np.log1p: compute it by a feature function of the endpoint, and train the pipeline on its result',
  ],
  'transformed target': [
    "TransformedTargetRegressor cannot be converted: MissingShapeCalculator: Unable to find a shape calculator for type '<class 'sklearn.compose._target.TransformedTargetRegressor'>'",
    'save its regressor_, and undo the transformation of the target behind the endpoint',
  ],
  hashing: [
    "HashingVectorizer (at steps 'hashingvectorizer') cannot be converted: MissingShapeCalculator: Unable to find a shape calculator for type '<class 'sklearn.feature_extraction.text.HashingVectorizer'>'",
    'take TfidfVectorizer or CountVectorizer with max_features',
  ],
  indicator: [
    "SimpleImputer (at steps 'simpleimputer') has add_indicator=True, which its converter leaves out",
    'leave it out, or send a column of your own that says what is missing, and train again',
  ],
  'categories of LightGBM': [
    "LGBMClassifier was trained on categories of a DataFrame (x, y, …), which ONNX's trees do not have",
    'put OrdinalEncoder or OneHotEncoder and the booster into one scikit-learn pipeline, train and save that',
  ],
  'categories of XGBoost': [
    "XGBClassifier was trained on categories of a DataFrame (city), which ONNX's trees do not have",
    'put OrdinalEncoder or OneHotEncoder and the booster into one scikit-learn pipeline, train and save that',
  ],
  'categories of histogram trees': [
    "HistGradientBoostingClassifier was trained on categories of a DataFrame (city), which ONNX's trees do not have",
    'put OrdinalEncoder or OneHotEncoder and the booster into one scikit-learn pipeline, train and save that',
  ],
  'rounded inputs': [
    '1 row of 5 differ by more than the tolerance 0.0001',
    'line 4: the model branches at b = 0.10000000000000002, which float32 does not tell from the numbers beside it',
    "only the rounding of these numbers to float32 is to blame: train on numbers as float32 has them, DataFrame.astype('float32'), and both see the same",
    'nothing was written; a difference that you accept: --tolerance',
  ],
  'capitals outside ASCII': [
    '1 row of 2 differ by more than the tolerance 0.0001',
    "line 2: its text has letters outside ASCII, which ONNX's StringNormalizer does not turn into small ones in locale C",
    'nothing was written; a difference that you accept: --tolerance',
  ],
};

/** What is noted of each that is converted. */
export const NOTED: Record<string, readonly string[]> = {
  'unknown column': ["the model does not know column 'id': left out; if one of them is what it predicts, name it by --target"],
  'constant and empty': [
    "column 'a' has the one value '3' in every row: the comparison says nothing about it",
    "column 'b' is empty in every row: its values prove nothing",
  ],
  'target left in': [
    "column 'c' equals the target 'y' in every row, and the model takes it: is it the answer itself?",
    "column 'c' equals the model's own answer: was what it predicts left among its inputs?",
  ],
  'answer among inputs': ["column 'c' equals the model's own answer: was what it predicts left among its inputs?"],
  'an input called label': ["the model takes a column called 'label': is it the answer itself?"],
  'older version': [
    'the model was made by scikit-learn 1.2.2, this Python has 1.9.1: pip install scikit-learn==1.2.2 if its answers differ',
  ],
};
