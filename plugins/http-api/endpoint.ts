import { assert } from '../../src/kernel/assert.ts'
import type { HttpMethod, RouteDeclaration } from './contract.ts'
import { MethodNotAllowedError } from './errors.ts'

/** The order in which `Allow` lists methods. */
const methodOrder: readonly HttpMethod[] = ['HEAD', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH']

type Segment = { readonly fixed: string } | { readonly parameter: string }

/** One path pattern with the routes of its methods. */
export class Endpoint {
  readonly path: string
  /** Text before the first parameter: what a path must begin with. */
  readonly prefix: string
  /** Any of its routes asked for the short way. */
  hot = false
  /** Name of the parameter that everything behind the prefix is. */
  readonly #rest: string | undefined
  readonly #segments: readonly Segment[]
  readonly #routes = new Map<string, RouteDeclaration>()
  #allow = 'OPTIONS'

  constructor(path: string) {
    assert(path.startsWith('/'), `the route ${path} must begin with a slash`)
    this.path = path
    this.#segments = path.slice(1).split('/').map(parseSegment)
    const parameter = path.search(/\/[:*]/)
    this.prefix = parameter < 0 ? path : path.slice(0, parameter + 1)
    assert(!this.#segments.slice(0, -1).some((it) => isRest(it, path)), `in ${path} only the last segment may be a *`)
    const last = this.#segments.at(-1)!
    const follows = this.#segments.length === this.prefix.split('/').length - 1
    this.#rest = follows && 'parameter' in last ? last.parameter : undefined
  }

  /** Adds a route; throws when another has its method already. */
  add(route: RouteDeclaration): void {
    for (const method of route.methods) {
      assert(!this.#routes.has(method), `two routes answer ${method} ${this.path}`)
      this.#routes.set(method, route)
    }
    if (route.hot) this.hot = true
    this.#allow = ['OPTIONS', ...methodOrder.filter((method) => this.#routes.has(method))].join(',')
  }

  /** Value of the `Allow` header. */
  get allow(): string {
    return this.#allow
  }

  /** True when the pattern has no parameters. */
  get isFixed(): boolean {
    return this.prefix === this.path
  }

  /** True when everything behind the prefix is one parameter. */
  get isPrefix(): boolean {
    return this.#rest !== undefined
  }

  has(method: string): boolean {
    return this.#routes.has(method)
  }

  /** Throws MethodNotAllowedError when no route has the method. */
  route(method: string): RouteDeclaration {
    const route = this.#routes.get(method)
    if (route === undefined) throw new MethodNotAllowedError(method, this.#allow)
    return route
  }

  /** Parameters of a decoded path as binary strings; undefined when the pattern does not fit. */
  match(path: string): Readonly<Record<string, string>> | undefined {
    if (this.isFixed) return path === this.path ? {} : undefined
    if (this.#rest !== undefined) {
      return path.startsWith(this.prefix) ? { [this.#rest]: path.slice(this.prefix.length) } : undefined
    }
    const params: Record<string, string> = {}
    const last = this.#segments.length - 1
    let at = 1
    for (const [index, segment] of this.#segments.entries()) {
      if (at > path.length) return undefined
      const slash = path.indexOf('/', at)
      const isLast = index === last
      const end = slash < 0 || (isLast && 'parameter' in segment) ? path.length : slash
      if (!isLast && slash < 0) return undefined
      const piece = path.slice(at, end)
      if ('parameter' in segment) {
        if (!isLast && piece === '') return undefined
        params[segment.parameter] = piece
      } else if (piece !== segment.fixed || (isLast && end !== path.length)) {
        return undefined
      }
      at = end + 1
    }
    return params
  }

  /** The pattern in the words of @koa/router (path-to-regexp 8). */
  get routerPath(): string {
    const words = this.#segments.map((segment, index) => {
      if ('fixed' in segment) return segment.fixed.replace(/[{}()[\]+?!*:\\]/g, '\\$&')
      return index === this.#segments.length - 1 ? `{*${segment.parameter}}` : `:${segment.parameter}`
    })
    return `/${words.join('/')}`
  }

  /** Orders endpoints so that of several that fit a path, the one to ask comes first. */
  static bySpecificity(this: void, a: Endpoint, b: Endpoint): number {
    if (a.isFixed !== b.isFixed) return a.isFixed ? -1 : 1
    if (a.prefix.length !== b.prefix.length) return b.prefix.length - a.prefix.length
    if (a.#segments.length !== b.#segments.length) return b.#segments.length - a.#segments.length
    return a.path < b.path ? -1 : 1
  }
}

function parseSegment(segment: string): Segment {
  const name = /^[:*](.*)$/.exec(segment)?.[1]
  if (name === undefined) return { fixed: segment }
  assert(/^[A-Za-z_]\w*$/.test(name), `"${segment}" names no route parameter`)
  return { parameter: name }
}

function isRest(segment: Segment, path: string): boolean {
  return 'parameter' in segment && path.includes(`/*${segment.parameter}`)
}
