import { Agent } from 'node:http'
import { expect, test } from 'vitest'
import type { OpenApiDocument } from '../../src/openapi/document.ts'
import type { JsonSchema } from '../../src/openapi/schema.ts'
import { AgentProcess, agentPorts, eventually } from '../cluster/agent-process.ts'
import { ask } from '../cluster/http.ts'

/** One value of every JSON type, by the name that schemas have for it. */
const samples: Readonly<Record<string, unknown>> = {
  string: 'no such thing',
  integer: 7,
  number: 1.5,
  boolean: true,
  array: [],
  object: {},
}

/** Deep enough for everything that is declared; structs may contain themselves. */
const depthMax = 5

interface Place {
  readonly steps: readonly (string | number)[]
  readonly schema: JsonSchema
}

/** Every field that a schema has, with the way to it. */
function placesOf(schema: JsonSchema, document: OpenApiDocument, steps: Place['steps'] = []): Place[] {
  if (steps.length > depthMax) return []
  const { $ref, anyOf } = schema
  if ($ref !== undefined) {
    return placesOf(document.components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)]!, document, steps)
  }
  if (anyOf !== undefined) return placesOf(anyOf[0]!, document, steps)
  const { properties = {}, items, additionalProperties } = schema
  return [
    { steps, schema },
    ...Object.entries(properties).flatMap(([name, each]) => placesOf(each, document, [...steps, name])),
    ...(items === undefined ? [] : placesOf(items, document, [...steps, 0])),
    ...(additionalProperties ? placesOf(additionalProperties, document, [...steps, 'k']) : []),
  ]
}

/** Values of every type that the schema does not have. */
function misfits({ type }: JsonSchema): unknown[] {
  if (type === undefined) return []
  const fits = new Set([type].flat())
  if (fits.has('number')) fits.add('integer')
  return Object.entries(samples).flatMap(([name, value]) => (fits.has(name) ? [] : [value]))
}

function wrapped(steps: Place['steps'], value: unknown): unknown {
  return steps.reduceRight<unknown>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value)
}

function written(steps: Place['steps']): string {
  const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return path === '' ? 'the body' : `field "${path.replace(/^\./, '')}"`
}

test('a body with a value of another type in any field is refused, and the refusal names the field', {
  timeout: 120_000,
}, async () => {
  const { http, flags } = await agentPorts()
  await using process = new AgentProcess(['agent', '-dev', ...flags])
  const document = await eventually(async () => {
    const { status, body } = await ask(http, '/v1/openapi.json')
    return status === 200 ? (JSON.parse(body) as OpenApiDocument) : undefined
  })
  const agent = new Agent({ keepAlive: true })
  const wrong: string[] = []
  let asked = 0
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { requestBody }] of Object.entries(methods)) {
      const schema = requestBody?.content['application/json']?.schema
      if (schema === undefined) continue
      const target = path.replace(/\{\w+\}/g, 'x')
      for (const place of placesOf(schema, document)) {
        for (const value of misfits(place.schema)) {
          const body = JSON.stringify(wrapped(place.steps, value))
          // Said, because Node announces no body of a DELETE.
          const headers = { 'Content-Length': String(Buffer.byteLength(body)) }
          const answer = await ask(http, target, { method: method.toUpperCase(), body, headers, agent })
          asked++
          if (answer.status === 400 && answer.body.includes(written(place.steps))) continue
          wrong.push(`${method} ${path} ${body}: ${answer.status} ${answer.body}`)
        }
      }
    }
  }
  agent.destroy()
  expect(wrong).toEqual([])
  expect(asked).toBeGreaterThan(1000)
  await process.stop('SIGKILL')
})
