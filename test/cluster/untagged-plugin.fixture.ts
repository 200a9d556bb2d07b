import { definePlugin } from '../../src/kernel/plugin.ts'

/** Makes a server keep quiet of what it replicates, as those of Consul do. */
export default definePlugin({
  name: 'untagged',
  summary: 'no fingerprint in gossip',
  setup: ({ hooks }) => hooks.memberTags.tap({ name: 'untagged', stage: 1 }, ({ pc_state: _, ...tags }) => tags),
})
