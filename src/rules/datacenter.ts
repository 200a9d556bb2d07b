/** The datacenter that a request names: the agent's own, as it is configured, when it names none or that one in any letter case. */
export function datacenterOf(asked: string | undefined, own: string): string {
  return !asked || asked.toLowerCase() === own ? own : asked
}
