import type { PreparedQuery, PreparedQueryRequest } from '../../src/wire/structs/prepared-query.ts'

declare module '../../src/kernel/hooks.ts' {
  interface Commands {
    PreparedQuery: PreparedQueryRequest
  }
  interface Tables {
    'prepared-queries': PreparedQuery
  }
}
