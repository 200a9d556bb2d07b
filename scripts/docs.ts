/**
 * Writes what follows from declarations: config.example.hcl, the settings tables of the plugins' READMEs, the pages of
 * errors and of compatibility.
 * `node scripts/docs.ts` rewrites them; `generatedDocuments` is what a test compares with the files.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundledPlugins } from '../plugins/index.ts'
import { ownersOf } from '../src/cli/assemble.ts'
import { exampleLines, optionTable, optionTableMarkdown } from '../src/kernel/option-docs.ts'
import { compatibilityPage } from './compatibility.ts'
import { errorCodes } from './error-codes.ts'

const root = new URL('../', import.meta.url)

/** Folder of each bundled plugin; the kernel's own options stand in the main README's place, `src/cli`. */
const folderOf = (plugin: string) => `plugins/${plugin}`

/** Every generated text by its path, the parts of a file that are written by hand taken from the file. */
export function generatedDocuments(): Map<string, string> {
  const documents = new Map([['config.example.hcl', exampleHeader + exampleLines(ownersOf(bundledPlugins))]])
  for (const { name, options } of bundledPlugins) {
    const path = `${folderOf(name)}/README.md`
    documents.set(path, withTable(readFileSync(new URL(path, root), 'utf8'), name, options ?? {}))
  }
  documents.set('docs/errors.md', errorPage())
  documents.set('docs/compatibility.md', compatibilityPage())
  return documents
}

function errorPage(): string {
  const rows = errorCodes(fileURLToPath(root), ['src', 'plugins']).map(
    ({ code, status, meaning, file }) =>
      `| \`${code}\` | ${status} | ${meaning.replaceAll('|', '\\|')} | [${file}](../${file}) |`,
  )
  return `${errorHeader}${rows.join('\n')}\n`
}

const errorHeader = `# Errors

Every error that is expected in operation has a code. What to do next stands in its message, and in the README of the plugin it comes
from. The status is that of an HTTP answer which ends with the error. This page is generated from the classes: npm run docs.

| code | status | what it means | declared in |
| --- | --- | --- | --- |
`

const exampleHeader = `# Every setting of a Proconsul agent, with its default. Keys without one stand in comments.
#
#   bin/proconsul agent -server -bootstrap -bind=127.0.0.1 -data-dir=data -config-file=config.example.hcl
#
# Flags overrule files. "proconsul validate FILE" checks a file without starting; "proconsul agent -help" lists the flags.
# This file is generated from the declarations in the plugins: npm run docs.

`

const begin = '<!-- settings -->'
const end = '<!-- /settings -->'

function withTable(text: string, name: string, options: Parameters<typeof optionTable>[1]): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the README of ${name} has no ${begin} … ${end}`)
  const rows = optionTable(name, options)
  const table = rows.length === 0 ? 'It has none.\n' : optionTableMarkdown(rows)
  return `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of generatedDocuments()) writeFileSync(new URL(path, root), text)
}
