import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.suite.ts'))
    .map((file) => join(folder, file))
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^(import|export)( type)?\s[^;']*?from '(\.[^']+)'/gms)].map(
    ([clause, , typeOnly, target]) => ({
      from: file,
      to: relative(root, resolve(root, dirname(file), target!)),
      // `import { type A, type B }` is erased as a whole only when every name in it is a type.
      typeOnly: typeOnly !== undefined || onlyTypes(clause),
    }),
  )
}

function onlyTypes(clause: string): boolean {
  const names = /\{([^}]*)\}/s.exec(clause)?.[1]
  if (names === undefined) return false
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '))
}

const all = [...sources('src'), ...sources('plugins')].flatMap(importsOf)

function offenders(wrong: (one: Import) => boolean): string[] {
  return all.filter(wrong).map(({ from, to }) => `${from} imports ${to}`)
}

const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`)
const plugin = (path: string) => /^plugins\/([^/]+)\//.exec(path)?.[1]

test('the kernel imports nothing of ours', () => {
  const kernel = within('src/kernel')
  expect(offenders(({ from, to }) => kernel(from) && !kernel(to))).toEqual([])
})

test.for(['src/store', 'src/wire', 'src/filter', 'src/config'])(
  '%s imports at most the kernel and itself',
  (folder) => {
    const own = within(folder)
    const kernel = within('src/kernel')
    expect(offenders(({ from, to }) => own(from) && !own(to) && !kernel(to))).toEqual([])
  },
)

test('src/rules imports at most the kernel, the wire structs and itself', () => {
  const allowed = ['src/rules', 'src/wire', 'src/kernel'].map(within)
  expect(offenders(({ from, to }) => within('src/rules')(from) && !allowed.some((own) => own(to)))).toEqual([])
})

test('src/openapi imports at most the kernel, the wire structs, Go’s quotes and itself', () => {
  const allowed = ['src/openapi', 'src/wire', 'src/kernel', 'src/filter/go-text.ts']
  const fits = (path: string) => allowed.some((own) => path === own || within(own)(path))
  expect(offenders(({ from, to }) => within('src/openapi')(from) && !fits(to))).toEqual([])
})

test('src/client imports at most the kernel, the wire structs, itself and declarations of routes', () => {
  const allowed = ['src/client', 'src/wire', 'src/kernel'].map(within)
  const fits = ({ to, typeOnly }: Import) =>
    allowed.some((own) => own(to)) || /^plugins\/[^/]+\/api\.ts$/.test(to) || (typeOnly && within('src/openapi')(to))
  expect(offenders((one) => within('src/client')(one.from) && !fits(one))).toEqual([])
})

test('declarations of routes bring nothing along that does something: clients import them', () => {
  const reached = sources('plugins').filter((file) => /^plugins\/[^/]+\/api\.ts$/.test(file))
  expect(reached.length).toBeGreaterThan(10)
  for (const file of reached) {
    for (const { to, typeOnly } of all.filter(({ from }) => from === file)) {
      if (!typeOnly && plugin(to) !== undefined && !reached.includes(to)) reached.push(to)
    }
  }
  const allowed = ['src/wire', 'src/kernel', 'plugins'].map(within)
  const wrong = ({ from, to, typeOnly }: Import) =>
    reached.includes(from) && !typeOnly && !allowed.some((own) => own(to))
  expect(offenders(wrong)).toEqual([])
  expect(reached.filter((file) => /index|routes|rpc|service\.ts$/.test(file))).toEqual([])
})

test('from another plugin only types are imported, and only from its contract', () => {
  expect(
    offenders(({ from, to, typeOnly }) => {
      const [here, there] = [plugin(from), plugin(to)]
      if (here === undefined || there === undefined || here === there) return false
      return !typeOnly || to !== `plugins/${there}/contract.ts`
    }),
  ).toEqual([])
})

test('plugins import nothing of the command line', () => {
  expect(
    offenders(({ from, to }) => plugin(from) !== undefined && (within('src/cli')(to) || to === 'src/main.ts')),
  ).toEqual([])
})

test('cores and commands read no clock, no chance and no files', () => {
  const pure = [...sources('plugins')].filter((file) => /\/core\/|\/commands\.ts$/.test(file))
  const impure =
    /Date\.now|performance\.now|Math\.random|randomUUID|setTimeout|setInterval|from 'node:(fs|net|dgram|crypto|timers)/
  expect(pure.filter((file) => impure.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
  expect(pure.length).toBeGreaterThan(0)
})
