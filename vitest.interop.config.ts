import { defineConfig } from 'vitest/config'

/** Our agents beside those of others, from the system's packages. They fail, never skip, when a program is missing. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.interop.ts'],
    // They need a program that no package has: see vitest.consul.config.ts.
    exclude: ['test/interop/consul-*.interop.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // They wait for one another's timings most of the time.
    maxConcurrency: 4,
    testTimeout: 90_000,
  },
})
