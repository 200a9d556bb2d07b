import { defineConfig } from 'vitest/config'

/** Our agents beside real ones of Consul. CONSUL_BINARY names the program; docs/interop.md says more. */
export default defineConfig({
  test: {
    include: ['test/interop/consul-*.interop.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
  },
})
