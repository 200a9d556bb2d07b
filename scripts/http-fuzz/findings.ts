import { ClosedEarlyError, type Received } from './exchange.ts'
import type { FieldTrial, WholeRequest } from './requests.ts'

/** What no answer may say: its error was declared nowhere. */
const undeclared = 'Internal error'
const examplesMax = 20

/** Counts what was answered, and keeps what should not have been. */
export class Findings {
  readonly #statuses = new Map<number, number>()
  /** Refusals of status 500, by their text without what the request brought in. */
  readonly #refusals = new Map<string, number>()
  /** Values of a wrong type that made no difference. */
  readonly #lenient = new Map<string, number>()
  readonly #problems = new Map<string, { count: number; example: string }>()

  get found(): boolean {
    return this.#problems.size > 0
  }

  answered(request: WholeRequest, { status, body }: Received): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    if (body.includes(undeclared)) this.add('an undeclared error', `${request.text} → ${body}`)
    if (status < 500) return
    const text = `${request.title}: ${general(body)}`
    this.#refusals.set(text, (this.#refusals.get(text) ?? 0) + 1)
  }

  /** A wrong type is refused by the name of its field, or taken as if it were none. */
  tried({ title, field, broken }: FieldTrial, fitting: Received, refused: Received): void {
    this.answered(broken, refused)
    if (refused.status === 400 && (field === undefined || refused.body.toLowerCase().includes(field.toLowerCase())))
      return
    const indifferent = refused.status === fitting.status && general(refused.body) === general(fitting.body)
    if (indifferent || refused.status === 200) this.#lenient.set(title, (this.#lenient.get(title) ?? 0) + 1)
    else this.add(`${title}: not refused by its name`, `${broken.text} → ${refused.status} ${refused.body}`)
  }

  /** All that came back on a connection whose requests were broken. */
  heard(sent: string, received: string): void {
    if (received !== '' && !/^HTTP\/1\.1 \d{3} /.test(received)) this.add('no HTTP', `${sent} → ${received}`)
    if (received.includes(undeclared)) this.add('an undeclared error', `${sent} → ${received}`)
    for (const [, status] of received.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
      this.#statuses.set(Number(status), (this.#statuses.get(Number(status)) ?? 0) + 1)
    }
  }

  failed(sent: string, error: unknown): void {
    if (error instanceof ClosedEarlyError) {
      this.add(`closed early: ${error.request.title}`, `${error.message} ← ${error.request.text.slice(0, 1000)}`)
      return
    }
    this.add(`${(error as Error).constructor.name}`, `${(error as Error).message} ← ${sent}`)
  }

  add(problem: string, example = ''): void {
    const known = this.#problems.get(problem)
    if (known === undefined) this.#problems.set(problem, { count: 1, example })
    else known.count++
  }

  print(): void {
    console.log('answers by status:', Object.fromEntries([...this.#statuses].sort(([a], [b]) => a - b)))
    console.log(`\nrefused with 500 or more, as declared:\n${listed(this.#refusals)}`)
    console.log(`\nof another type than described, and taken or made no difference:\n${listed(this.#lenient)}`)
    const problems = [...this.#problems].slice(0, examplesMax)
    for (const [problem, { count, example }] of problems) {
      console.log(`\nPROBLEM (${count}): ${problem}\n${JSON.stringify(example.slice(0, 3000))}`)
    }
    console.log(this.found ? `\n${this.#problems.size} kinds of problems` : '\nno problems')
  }
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([text, count]) => `  ${String(count).padStart(7)}  ${text}`)
    .join('\n')
}

/** The sentence without what came from the request. */
function general(text: string): string {
  return text
    .replaceAll(/"[^"]*"|'[^']*'/g, '…')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, 'N')
    .replaceAll(/(.)\1{50,}/g, '$1…')
    .replaceAll('\n', ' ')
    .slice(0, 150)
    .trim()
}
