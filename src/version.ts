/** The version of this package; a repository test compares it with package.json. */
export const version = '0.1.0'

/** The release of Consul whose behaviour this agent follows and which it names to other agents and tools. */
export const consulVersion = '1.10.12'
