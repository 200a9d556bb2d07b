/**
 * What an agent remembers of a pool over a restart, as lines of text that serf and Consul write as well
 * (protocol/gossip.md §9.10): an agent may take over the data directory of the other.
 */
export interface Remembered {
  /** `ip:port` of the members that were alive, by name. */
  readonly alive: ReadonlyMap<string, string>
  /** Serf's clocks as last seen; 0 when nothing is known. */
  readonly clock: number
  readonly eventClock: number
  readonly queryClock: number
}

export interface Clocks {
  readonly clock: number
  readonly eventClock: number
  readonly queryClock: number
}

/**
 * Reads the lines of a file. A line that is cut short at the end, or that nobody knows, is skipped: losing one member of many
 * is no reason not to start. After a `leave` nothing is remembered, unless the agent shall `rejoin` all the same.
 */
export function readRemembered(text: string, { rejoin }: { readonly rejoin: boolean }): Remembered {
  const alive = new Map<string, string>()
  const clocks = { clock: 0, eventClock: 0, queryClock: 0 }
  const lines = text.split('\n')
  lines.pop()
  for (const line of lines) {
    if (line === 'leave') {
      if (rejoin) continue
      alive.clear()
      Object.assign(clocks, { clock: 0, eventClock: 0, queryClock: 0 })
      continue
    }
    const [, word, rest] = /^([a-z-]+): (.*)$/.exec(line) ?? []
    if (word === 'alive') remember(alive, rest!)
    else if (word === 'not-alive') alive.delete(rest!)
    else if (word === 'clock') clocks.clock = clockValue(rest!) ?? clocks.clock
    else if (word === 'event-clock') clocks.eventClock = clockValue(rest!) ?? clocks.eventClock
    else if (word === 'query-clock') clocks.queryClock = clockValue(rest!) ?? clocks.queryClock
  }
  return { alive, ...clocks }
}

function remember(alive: Map<string, string>, nameAndAddress: string): void {
  const at = nameAndAddress.lastIndexOf(' ')
  if (at > 0) alive.set(nameAndAddress.slice(0, at), nameAndAddress.slice(at + 1))
}

function clockValue(digits: string): number | undefined {
  const value = Number(digits)
  return /^\d+$/.test(digits) && Number.isSafeInteger(value) ? value : undefined
}

export const aliveLine = (name: string, address: string): string => `alive: ${oneLine(name)} ${address}\n`
export const notAliveLine = (name: string): string => `not-alive: ${oneLine(name)}\n`
export const leaveLine = 'leave\n'

/** The lines for those clocks that moved since `before`. */
export function clockLines(now: Clocks, before: Clocks): string {
  return [
    now.clock === before.clock ? '' : `clock: ${now.clock}\n`,
    now.eventClock === before.eventClock ? '' : `event-clock: ${now.eventClock}\n`,
    now.queryClock === before.queryClock ? '' : `query-clock: ${now.queryClock}\n`,
  ].join('')
}

/** All that is remembered, in as few lines as it takes. */
export function compactLines({ alive, ...clocks }: Remembered): string {
  const members = [...alive].map(([name, address]) => aliveLine(name, address))
  return members.join('') + clockLines(clocks, { clock: 0, eventClock: 0, queryClock: 0 })
}

/** A name comes from the network; what would end the line early is left out. */
function oneLine(name: string): string {
  return name.replaceAll(/[\r\n]/g, '')
}
