import { defineConfig } from 'vitest/config'

/** Tests that need programs from the system's packages. They fail, never skip, when one is missing. */
export default defineConfig({
  test: {
    include: ['test/system/**/*.system.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
  },
})
