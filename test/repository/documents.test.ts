import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bundledPlugins } from '../../plugins/index.ts'
import { generatedDocuments } from '../../scripts/docs.ts'
import { version } from '../../src/version.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test.for([...generatedDocuments()])('%s says what the declarations say (npm run docs writes it)', ([path, text]) => {
  expect(read(path)).toBe(text)
})

const sections = ['## Try it', '## Settings', '## Meets', '## How it works', '## When it fails']

test.for(bundledPlugins.map(({ name }) => name))('the README of %s has the sections that all have', (name) => {
  const headings = read(`plugins/${name}/README.md`)
    .split('\n')
    .filter((line) => line.startsWith('## '))
  expect(headings.filter((heading) => sections.includes(heading))).toEqual(sections)
})

test('the version in the code is that of the package', () => {
  expect(JSON.parse(read('package.json')).version).toBe(version)
})

test('every dependency has its line in docs/dependencies.md', () => {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json'))
  const page = read('docs/dependencies.md')
  const named = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'))
  expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  expect(Object.keys(optionalDependencies).every((name) => name.startsWith('node-'))).toBe(true)
})

test('paths that the READMEs point to exist', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'docs/architecture.md',
    ...bundledPlugins.map(({ name }) => `plugins/${name}/README.md`),
  ]
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => new URL(target!, new URL(`../../${page}`, import.meta.url)))
      .filter((url) => !existsSync(url))
      .map((url) => `${page} points to ${url.pathname}`),
  )
  expect(broken).toEqual([])
})
