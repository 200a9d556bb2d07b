import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { AgentProcess, agentPorts, eventually, proconsul, scratchDir } from '../cluster/agent-process.ts'

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')

interface Step {
  readonly command: string
  readonly output: string
}

/** What a `console` block shows: commands behind `$ `, each with the lines it prints. */
function steps(text: string): Step[] {
  return [...text.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command, ...lines] = part.split('\n')
        return { command: command!, output: lines.join('\n').trimEnd() }
      }),
  )
}

/** Without what differs from machine to machine: sizes of entries depend on the length of host names and addresses. */
function comparable(text: string): string {
  return text
    .replaceAll(hostname(), 'laptop')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/\d{2,4}$/gm, 'N')
    .trimEnd()
}

test('the five minutes of the README print what the README shows', { timeout: 120_000 }, async () => {
  using dir = scratchDir()
  const ports = await agentPorts()
  const data = join(dir.path, 'data')
  const args = ['agent', '-server', '-bootstrap', '-bind=127.0.0.1', `-data-dir=${data}`, ...ports.flags]
  await using _agent = new AgentProcess(args)
  const base = `http://127.0.0.1:${ports.http}`
  await eventually(async () => {
    const nodes = (await (await fetch(`${base}/v1/catalog/nodes`)).json()) as { TaggedAddresses: unknown }[]
    return nodes[0]?.TaggedAddresses ? true : undefined
  })

  const shown = steps(readme)
  expect(shown.length).toBeGreaterThan(10)
  for (const { command, output } of shown) {
    const here = command
      .replaceAll('127.0.0.1:8500', `127.0.0.1:${ports.http}`)
      .replaceAll('-p 8600', `-p ${ports.dns}`)
      .replaceAll('data/raft.db', `${data}/raft.db`)
      .replace(/^bin\/proconsul/, proconsul)
    const printed = execFileSync('sh', ['-c', here], { encoding: 'utf8' })
    if (command.startsWith('bin/proconsul inspect')) expect(printed).toMatch(/^File .*raft\.db/)
    else expect(comparable(printed), command).toBe(comparable(output))
  }
})
