import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Writes a readable summary beside each CPU profile in a folder: `X.cpuprofile` → `X.txt`. */
export function summariseProfiles(dir: string): void {
  for (const name of readdirSync(dir).filter((it) => it.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(dir, name), 'utf8')) as Profile
    writeFileSync(join(dir, name.replace(/cpuprofile$/, 'txt')), summary(profile))
  }
}

/** What V8 writes: nodes of the call tree, and which of them was at work in each sample. */
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

/** Self time by function, and for code that comes from files the time with all that it calls. */
function summary(profile: Profile): string {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const selfMs = new Map<number, number>()
  for (const [at, id] of profile.samples.entries()) add(selfMs, id, profile.timeDeltas[at]! / 1000)
  const bySelf = new Map<string, number>()
  const byTotal = new Map<string, number>()

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
  const ours = new Map([...byTotal].filter(([name]) => /(src|plugins|node_modules)\//.test(name)))
  return `${Math.round(all)} ms, busy in JavaScript ${Math.round(busy)} ms

self time
${listed(bySelf, all)}

with all it calls
${listed(ours, all)}
`
}

function add<Key>(sums: Map<Key, number>, key: Key, ms: number): void {
  sums.set(key, (sums.get(key) ?? 0) + ms)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place = url.startsWith('file://') ? relative(process.cwd(), new URL(url).pathname) : url
  return `${functionName || '(anonymous)'}${place === '' ? '' : ` ${place}:${lineNumber + 1}`}`
}

function listed(sums: ReadonlyMap<string, number>, all: number): string {
  const sorted = [...sums].sort((a, b) => b[1] - a[1]).slice(0, linesShown)
  const lines = sorted.map(([name, ms]) => {
    const share = ((100 * ms) / all).toFixed(1)
    return `${share.padStart(6)} %  ${Math.round(ms).toString().padStart(7)} ms  ${name}`
  })
  return lines.join('\n')
}
