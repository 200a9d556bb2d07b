import { statfs } from 'node:fs/promises'
import os from 'node:os'
import { parse } from 'node:path'

/** The machine as `/v1/agent/host` describes it, in Consul's members: sizes in bytes, times in seconds. */
export async function describeHost(nowMs: number): Promise<string> {
  const total = os.totalmem()
  const available = os.freemem()
  const uptime = Math.floor(os.uptime())
  const description = {
    Memory: {
      total,
      available,
      used: total - available,
      usedPercent: (100 * (total - available)) / total,
      free: available,
    },
    CPU: os.cpus().map(({ model, speed }, cpu) => ({ cpu, cores: 1, modelName: model, mhz: speed })),
    Host: {
      hostname: os.hostname(),
      uptime,
      bootTime: Math.floor(nowMs / 1000) - uptime,
      os: os.platform(),
      platform: os.type(),
      platformVersion: os.version(),
      kernelVersion: os.release(),
      kernelArch: os.machine(),
    },
    Disk: await describeDisk(parse(process.cwd()).root),
  }
  // In nanoseconds since 1970, which has more digits than a number keeps.
  const collectionTime = BigInt(Math.round(nowMs)) * 1_000_000n
  return `${JSON.stringify(description).slice(0, -1)},"CollectionTime":${collectionTime},"Errors":null}`
}

async function describeDisk(path: string) {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path)
  const total = bsize * blocks
  const used = bsize * (blocks - bfree)
  const free = bsize * bavail
  return {
    path,
    total,
    free,
    used,
    usedPercent: used + free === 0 ? 0 : (100 * used) / (used + free),
    inodesTotal: files,
    inodesUsed: files - ffree,
    inodesFree: ffree,
    inodesUsedPercent: files === 0 ? 0 : (100 * (files - ffree)) / files,
  }
}
