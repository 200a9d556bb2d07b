import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from './agent-process.ts'

const script = fileURLToPath(new URL('../../scripts/fuzz-http.ts', import.meta.url))

// A million of them: npm run fuzz:http -- --count 1000000
test('an agent answers or refuses whatever it is sent', { timeout: 120_000 }, async () => {
  const { code, stdout } = await run([script, '--count', '4000'], { command: process.execPath }, 110_000)
  expect(stdout).toContain('no problems')
  expect(code).toBe(0)
})
