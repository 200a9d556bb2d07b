import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { play } from './screenplay.ts'

const folder = new URL('./scripts/', import.meta.url)
const scripts = readdirSync(folder).filter((file) => file.endsWith('.txt'))

test.for(scripts)('%s goes as written', (file) => {
  const script = readFileSync(new URL(file, folder), 'utf8')
  expect(play(script, seededRandom(1))).toBe(script)
})

test('there are scripts', () => expect(scripts.length).toBeGreaterThan(4))
