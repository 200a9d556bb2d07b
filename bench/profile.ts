import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/**
 * `node bench/profile.ts FILE.cpuprofile …`: where the time of an agent under test went, as `--profile` recorded it.
 * Self time by function, and inclusive time of the functions that are ours.
 */

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const linesShown = 45

for (const file of process.argv.slice(2)) {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const selfMs = new Map<number, number>()
  for (const [at, id] of profile.samples.entries()) {
    selfMs.set(id, (selfMs.get(id) ?? 0) + profile.timeDeltas[at]! / 1000)
  }
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const bySelf = new Map<string, number>()
  const byTotal = new Map<string, number>()
  const add = (sums: Map<string, number>, key: string, ms: number) => sums.set(key, (sums.get(key) ?? 0) + ms)

  /** Adds a node and all below it; a function that calls itself counts once. */
  const walk = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const name = nameOf(node)
    const own = selfMs.get(node.id) ?? 0
    const within = new Set(above).add(name)
    const below = (node.children ?? []).reduce((sum, id) => sum + walk(byId.get(id)!, within), 0)
    add(bySelf, name, own)
    if (!above.has(name)) add(byTotal, name, own + below)
    return own + below
  }
  const all = walk(profile.nodes[0]!, new Set())
  const busy = all - (bySelf.get('(idle)') ?? 0) - (bySelf.get('(program)') ?? 0)

  console.log(`\n${file}: ${Math.round(all)} ms, busy in JavaScript ${Math.round(busy)} ms\n\nself time`)
  print(bySelf, all)
  console.log('\nwith all it calls')
  print(new Map([...byTotal].filter(([name]) => /(src|plugins|node_modules)\//.test(name))), all)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place = url.startsWith('file://') ? relative(process.cwd(), new URL(url).pathname) : url
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}:${lineNumber + 1}`}`
}

function print(sums: ReadonlyMap<string, number>, all: number): void {
  const sorted = [...sums].sort((a, b) => b[1] - a[1]).slice(0, linesShown)
  for (const [name, ms] of sorted) {
    console.log(`${((100 * ms) / all).toFixed(1).padStart(6)} %  ${Math.round(ms).toString().padStart(7)} ms  ${name}`)
  }
}
