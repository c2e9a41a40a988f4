import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'assets/**',
      'cdk.out/**',
      'coverage/**',
      'dist/**',
      'node_modules/**',
      'lib/**/*.js',
      '**/*.d.ts',
      'test/fixtures/**',
      'test/consumers/*/**',
      '.cache/**',
    ],
  },
  ...tseslint.configs.strict,
  {
    files: ['lib/**/*.ts', 'lambda/**/*.ts', 'bin/**/*.ts', 'examples/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      // the plan indexes arrays that it made itself; the compiler cannot know their lengths
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  { files: ['**/*.js', '**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
