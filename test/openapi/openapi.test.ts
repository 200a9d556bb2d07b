import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenApiDocument } from '../../src/openapi/document.ts'
import { AgentProcess, agentPorts, eventually, proconsul } from '../cluster/agent-process.ts'
import { ask } from '../cluster/http.ts'
import { ExchangeJudge } from './exchange-problems.ts'
import type { Exchange } from './recorder.ts'

/**
 * The document at `/v1/openapi.json` against what agents really take and answer: suites of the recorded behaviour are
 * played against agents that write down every exchange, and each has to fit.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const recorder = fileURLToPath(new URL('recorder.ts', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'proconsul-openapi-'))
const suites = [
  'agent-checks',
  'agent-flow',
  'agent-services',
  'agent-state',
  'catalog-cached',
  'catalog-read',
  'catalog-register',
  'coordinates',
  'events',
  'health',
  'kv-basics',
  'kv-cas-locks',
  'near-and-state',
  'prepared-queries',
  'query-templates',
  'session-basics',
  'status-operator',
  'txn',
  'ui',
  'ui-topology',
]
/** What the document says of an endpoint that nobody described. */
const fallback = 'Success.'
/** Beyond those of the conformance test, which may run beside this one. */
const firstPort = 27_400
const portsPerSuite = 30

let document: OpenApiDocument
let judge: ExchangeJudge

beforeAll(async () => {
  const { http, flags } = await agentPorts()
  await using agent = new AgentProcess(['agent', '-dev', ...flags])
  document = await eventually(async () => {
    const { status, body } = await ask(http, '/v1/openapi.json')
    return status === 200 ? (JSON.parse(body) as OpenApiDocument) : undefined
  })
  await agent.stop('SIGKILL')
  judge = new ExchangeJudge(document)
}, 30_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function play(suite: string): Promise<Exchange[]> {
  const file = join(scratch, `${suite}.jsonl`)
  const from = firstPort + suites.indexOf(suite) * portsPerSuite
  const args = [
    join(root, 'test/conformance/runner/run.mjs'),
    ...['--agent', `${proconsul} agent -plugin=${recorder}`],
    ...['--quiet', '--ports', `${from}-${from + portsPerSuite - 1}`],
    join(root, `test/conformance/suites/${suite}.json`),
  ]
  return new Promise((resolve, reject) => {
    const env = { ...process.env, EXCHANGES_FILE: file }
    // Whether the cases pass is for the conformance test to say.
    execFile(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      try {
        const lines = readFileSync(file, 'utf8').trim().split('\n')
        resolve(lines.map((line) => JSON.parse(line) as Exchange))
      } catch {
        reject(new Error(`nothing was recorded: ${error?.message ?? ''}\n${stdout}\n${stderr}`))
      }
    })
  })
}

test.concurrent.for(suites)(
  'exchanges of the suite %s fit the document',
  { timeout: 120_000 },
  async (suite, context) => {
    const exchanges = await play(suite)
    const misfits = exchanges.flatMap((exchange) => {
      const { problems } = judge.judge(exchange)
      return problems.map((problem) => `${exchange.method} ${exchange.url} (${exchange.status}): ${problem}`)
    })
    context.expect(exchanges.length).toBeGreaterThan(10)
    context.expect([...new Set(misfits)]).toEqual([])
  },
)

test('every operation has a name of its own, says what it does, and explains its path', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  expect(operations.length).toBeGreaterThan(70)
  const names = operations.map(({ operation }) => operation.operationId)
  expect(new Set(names).size).toBe(names.length)
  const silent = operations.filter(
    ({ operation: { summary, parameters, responses } }) =>
      summary === '' ||
      parameters.some((one) => 'name' in one && one.description === '') ||
      Object.values(responses).some(({ description }) => description === ''),
  )
  expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([])
})

test('no operation of a bundled plugin goes without a description', () => {
  const undescribed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { responses }]) => responses[200]?.description === fallback)
      .map(([method]) => `${method} ${path}`),
  )
  expect(undescribed).toEqual([])
})

test('every reference of the document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)]
  const lost = references.filter(([, part, name]) => !Object.hasOwn(document.components[part as 'schemas'], name!))
  expect(references.length).toBeGreaterThan(100)
  expect(lost.map(([reference]) => reference)).toEqual([])
})
