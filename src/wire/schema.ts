/**
 * One declaration per Consul wire struct, from which its TypeScript type, JSON and msgpack follow.
 *
 *     export const ServiceAddress = struct('ServiceAddress', { Address: text(), Port: int() })
 *     export type ServiceAddress = Infer<typeof ServiceAddress>
 */
export { JsonDecodeError } from './errors.ts'
export { parseJson } from './json/parse.ts'
export { later, list, map, optional, type TextMap } from './schema/containers.ts'
export type { Infer, Kind } from './schema/kind.ts'
export { float32, float64, index, int, uint64 } from './schema/numbers.ts'
export { type Opaque, opaque, opaqueMap } from './schema/opaque.ts'
export { bool, bytes, byteText, text } from './schema/scalars.ts'
export { type Message, message, type Struct, struct } from './schema/struct.ts'
export { duration, time } from './schema/times.ts'
