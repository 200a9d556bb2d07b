import { ProconsulError } from '../../../src/kernel/errors.ts'
import type { Infer } from '../../../src/wire/schema.ts'
import type { KeyringPort } from './keyring-port.ts'
import { KeyRequestRecord, KeyResponseRecord, serfType } from './records.ts'
import { decodeRecord, encodeRecord } from './wire.ts'

export type KeyOperation = 'list' | 'install' | 'use' | 'remove'
type KeyResponse = Infer<typeof KeyResponseRecord>

const noBytes = Buffer.alloc(0)
const done: KeyResponse = { Result: true, Message: '', Keys: null, PrimaryKey: '' }

export function encodeKeyRequest(key: Buffer = noBytes): Buffer {
  return encodeRecord(serfType.keyRequest, KeyRequestRecord, { Key: key })
}

/**
 * This member's answer to a keyring request (protocol/gossip.md §9.7), in at most `sizeMax` bytes: keys that do not fit are
 * left out of a list, and the message says so. Throws MalformedMsgpackError.
 */
export function answerKeyRequest(
  operation: KeyOperation,
  payload: Buffer,
  keyring: KeyringPort | undefined,
  sizeMax: number,
): Buffer {
  const key = decodeRecord(serfType.keyRequest, KeyRequestRecord, payload)?.Key ?? noBytes
  if (operation === 'list') return listAnswer(keyring?.list() ?? [], sizeMax)
  return encode(changed(operation, key, keyring))
}

function changed(operation: Exclude<KeyOperation, 'list'>, key: Buffer, keyring: KeyringPort | undefined): KeyResponse {
  if (!keyring) return { ...done, Result: false, Message: 'No keyring to modify (encryption not enabled)' }
  try {
    keyring[operation](key)
    return done
  } catch (error) {
    if (!(error instanceof ProconsulError)) throw error
    return { ...done, Result: false, Message: error.message }
  }
}

function listAnswer(keys: readonly string[], sizeMax: number): Buffer {
  const [primary] = keys
  if (primary === undefined) {
    return encode({ ...done, Result: false, Message: 'Keyring is empty (encryption not enabled)' })
  }
  for (let shown = keys.length; ; shown--) {
    const isWhole = shown === keys.length
    const Message = isWhole ? '' : `Truncated key list response, showing first ${shown} of ${keys.length} keys`
    const answer = encode({ ...done, Keys: keys.slice(0, shown), PrimaryKey: primary, Message })
    if (answer.length <= sizeMax || shown === 0) return answer
  }
}

function encode(response: KeyResponse): Buffer {
  return encodeRecord(serfType.keyResponse, KeyResponseRecord, response)
}
