import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDataDir, settleNodeId } from './data-dir.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'proconsul-data-'))
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

const id = '6b4f5bd6-0b51-4f0b-9a6b-000000000001'

describe('a data directory', () => {
  test('is made when it is missing', () => {
    const opened = openDataDir(join(dir, 'a', 'b'))
    expect(opened.path).toBe(join(dir, 'a', 'b'))
    opened.close()
  })

  test('belongs to one agent at a time, and to the next once it is closed', () => {
    const first = openDataDir(dir)
    expect(() => openDataDir(dir)).toThrow('is in use by another agent')
    first.close()
    openDataDir(dir).close()
  })

  test('is refused where a file stands', () => {
    writeFileSync(join(dir, 'file'), '')
    expect(() => openDataDir(join(dir, 'file'))).toThrow(/data_dir: .* cannot be used/)
  })
})

describe('the id of a node', () => {
  test('is made once and kept', () => {
    expect(settleNodeId(dir, undefined, () => id)).toBe(id)
    expect(settleNodeId(dir, undefined, () => 'not asked')).toBe(id)
    expect(readFileSync(join(dir, 'node-id'), 'utf8')).toBe(id)
  })

  test('is the configured one, which replaces a kept one', () => {
    settleNodeId(dir, undefined, () => '00000000-0000-4000-8000-000000000000')
    expect(settleNodeId(dir, id, () => 'not asked')).toBe(id)
    expect(settleNodeId(dir, undefined, () => 'not asked')).toBe(id)
  })

  test('is refused when the file holds something else', () => {
    writeFileSync(join(dir, 'node-id'), 'garbage')
    expect(() => settleNodeId(dir, undefined, () => id)).toThrow('holds no UUID')
  })
})
