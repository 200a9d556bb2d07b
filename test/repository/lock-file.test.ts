import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optionalDependencies?: object }>>
}

/**
 * `npm ci` refuses a lock file that leaves out what a package may need on other platforms. npm leaves it out by itself when
 * the registry it asked has no such package; the entry then has to be written by hand, with version, cpu and os.
 */
test('the lock file has an entry for every platform of every package', () => {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')
  const { packages } = JSON.parse(text) as LockFile
  const locked = new Set(
    Object.entries(packages)
      .filter(([, { version }]) => version !== undefined)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  )
  const named = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((name) => !locked.has(name))).toEqual([])
})
