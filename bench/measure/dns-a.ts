import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { AgentUnderTest } from '../agent/agent-under-test.ts'
import { registerWeb } from '../agent/web-service.ts'
import type { UdpEcho } from '../bare/udp-echo.ts'
import { Child } from '../child.ts'
import type { UdpLoad } from '../load/udp-load.ts'
import type { Measurement } from '../measurement.ts'
import { compareThroughput } from '../throughput.ts'

const window = 64
const sockets = 8

export const dnsA: Measurement = {
  name: 'dns-a',
  async measure(setting) {
    await using agent = await AgentUnderTest.start(setting)
    using load = new Child<UdpLoad>(new URL('../load/udp-load.ts', import.meta.url))
    using bare = new Child<UdpEcho>(new URL('../bare/udp-echo.ts', import.meta.url))
    await registerWeb(agent)
    const question = addressQuestion('web.service.consul')
    const answer = await ask(agent.dnsPort, question)
    if (answer.readUInt16BE(6) !== 3) throw new Error(`DNS answered ${answer.readUInt16BE(6)} addresses, not 3`)
    const barePort = await bare.call('listen', answer)
    const run = (port: number) => (durationMs: number) =>
      load.call('run', {
        port,
        window,
        sockets,
        question,
        answerBytes: answer.length,
        answerCode: answer[3]!,
        durationMs,
      })
    return [
      await compareThroughput(
        {
          name: 'dns-a',
          title: `DNS A of a service, 3 addresses, ${window} in flight`,
          target: { of: 'ratio', atLeast: 0.5 },
        },
        { cpuSeconds: () => bare.cpuSeconds(), run: run(barePort) },
        { cpuSeconds: () => agent.cpuSeconds(), run: run(agent.dnsPort) },
        setting,
      ),
    ]
  },
}

/** A query as `dig +noedns` sends it: recursion desired, one question, class IN (RFC 1035 §4.1). */
function addressQuestion(name: string): Buffer {
  const header = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])])
}

async function ask(port: number, question: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4')
  socket.send(question, port, '127.0.0.1')
  const signal = AbortSignal.timeout(5_000)
  const [answer] = (await once(socket, 'message', { signal })) as [Buffer]
  socket.close()
  return answer
}
