/** What the tour uses of the package, which comes without types. */
declare module 'consulite' {
  interface Place {
    readonly address: string
    readonly port: number
  }

  export default class Consulite {
    constructor(options: { consul: string })
    getServiceNames(): Promise<string[]>
    getServiceStatus(name: string): Promise<(Place & { readonly node: string; readonly status: string })[]>
    getService(name: string): Promise<Place>
    getServiceHosts(name: string): Promise<Place[]>
    getCachedService(name: string): Place | null
    refreshService(name: string): Promise<Place[]>
  }
}
