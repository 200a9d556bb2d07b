export { MsgpackReader } from './msgpack-reader.ts'
export { MsgpackWriter, writeMsgpack } from './msgpack-writer.ts'
