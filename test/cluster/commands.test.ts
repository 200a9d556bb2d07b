import { describe, expect, test } from 'vitest'
import { run } from './agent-process.ts'

test.for([[], ['help'], ['-h'], ['--help']])('proconsul %j lists the commands', async (args) => {
  const { code, stdout, stderr } = await run(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const name of ['agent', 'validate', 'plugins', 'inspect', 'version']) {
    expect(stdout).toMatch(new RegExp(`^ +${name} +\\w`, 'm'))
  }
})

test.for([['version'], ['-version'], ['--version'], ['-v']])('proconsul %j says which version it is', async (args) => {
  const { code, stdout } = await run(args)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Proconsul v\d+\.\d+\.\d+\nSpeaks the protocols of Consul 1\.10\.12; runs on Node v\d/)
})

describe('the help of', () => {
  test.for(['agent', 'validate', 'plugins'])('%s lists every flag once', async (command) => {
    for (const flag of ['-h', '-help', '--help']) {
      const { code, stdout, stderr } = await run([command, flag])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(new RegExp(`^usage: proconsul ${command} `))
      for (const name of [
        'config-file',
        'dev',
        'server',
        'bootstrap',
        'data-dir',
        'http-port',
        'log-level',
        'plugin',
      ]) {
        expect(stdout.match(new RegExp(`^ +-${name}\\b(?!-)`, 'gm')), name).toHaveLength(1)
      }
    }
  })

  test('inspect is its own', async () => {
    const { code, stdout } = await run(['inspect', '-help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: proconsul inspect/)
  })
})

test.for([
  ['agnet', [], 127, /no command agnet; did you mean agent\?/],
  ['toString', [], 127, /no command toString; it has agent, /],
  ['agent', [], 1, /data_dir: required; set it or -data-dir, or use -dev/],
  ['agent', ['-dev', 'extra'], 1, /"extra" is no flag/],
  ['agent', ['-dev', 'false'], 1, /"false" is no flag/],
  ['agent', ['-dev', '-node='], 1, /node_name: must not be empty/],
  ['agent', ['-dev', '-log-level=loud'], 1, /log_level: "loud" is none of TRACE, DEBUG, INFO, WARN and ERR/],
  ['agent', ['-dev', '-bind=300.1.1.1'], 1, /bind_addr: "300\.1\.1\.1" is not an IP address/],
  ['agent', ['-dev', '-datacenter=a.b'], 1, /datacenter: "a\.b" must consist of letters/],
  ['agent', ['-dev', '-node-id=xyz'], 1, /node_id: "xyz" is no UUID/],
  ['agent', ['-dev', '-pid-file=/proconsul/none/pid'], 1, /pid_file: \/proconsul\/none\/pid cannot be written/],
  ['agent', ['-dev', '-client=192.0.2.77'], 1, /192\.0\.2\.77 .*no such address; correct addresses.dns or client_addr/],
  ['validate', [], 1, /validate what\? Name files or folders/],
  ['validate', ['-config-file'], 1, /-config-file: needs a value/],
] as const)('proconsul %s %j is refused', async ([command, args, status, message]) => {
  const { code, stderr } = await run([command, ...args])
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/^ +at |bug in Proconsul/m)
  expect(code).toBe(status)
})
