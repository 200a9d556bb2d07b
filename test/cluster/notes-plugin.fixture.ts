import { definePlugin } from '../../src/kernel/plugin.ts'
import { defineTable } from '../../src/store/table.ts'

interface Note {
  readonly Key: string
  readonly CreateIndex: number
  readonly ModifyIndex: number
}

const notes = defineTable({ name: 'notes', key: ({ Key }: Note) => Key })

/** Replicates a table that other servers do not have. */
export default definePlugin({
  name: 'notes',
  summary: 'a replicated table of its own',
  requires: ['state'],
  setup: ({ services }) => services.get('state').defineTable(notes as never),
})
