import { logStoreSuite } from './log-store.suite.ts'
import { MemoryLogStore } from './memory.ts'

logStoreSuite('memory', async () => {
  const store = new MemoryLogStore(() => 0)
  return { store, reopen: async () => store, remove: async () => {} }
})
