import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'plugins/**/*.test.ts',
      'examples/**/*.test.ts',
      'test/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    // Two cores: more workers than that only make timings noisier.
    maxWorkers: 2,
    pool: 'forks',
    // Bounds that turn a hang into a failure, wide enough for a machine that others use as well.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
