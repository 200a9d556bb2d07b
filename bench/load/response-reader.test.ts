import { describe, expect, test } from 'vitest'
import { ResponseReader } from './response-reader.ts'

const answer = Buffer.from('HTTP/1.1 404 Not Found\r\nDate: today\r\nContent-Length: 12\r\nVary: *\r\n\r\nno such page')

describe('the response reader', () => {
  test('knows an answer that comes whole', () => {
    expect(new ResponseReader().take(answer)).toEqual({ status: 404, sizeBytes: answer.length })
  })

  test('knows an answer wherever it is cut, though the bytes are overwritten, and the one that follows', () => {
    for (let at = 1; at < answer.length; at++) {
      const reader = new ResponseReader()
      const shared = Buffer.from(answer)
      expect(reader.take(shared.subarray(0, at))).toBeUndefined()
      shared.fill(0)
      expect(reader.take(answer.subarray(at)), `cut at ${at}`).toEqual({ status: 404, sizeBytes: answer.length })
      expect(reader.take(answer)).toEqual({ status: 404, sizeBytes: answer.length })
    }
  })

  test('an answer that comes byte by byte is known at its last byte only', () => {
    const reader = new ResponseReader()
    const answers = [...answer].map((byte) => reader.take(Buffer.from([byte])))
    expect(answers.slice(0, -1).every((it) => it === undefined)).toBe(true)
    expect(answers.at(-1)).toEqual({ status: 404, sizeBytes: answer.length })
  })

  test('an answer of unknown length is an error, not a hang', () => {
    const chunked = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    expect(() => new ResponseReader().take(chunked)).toThrow('without Content-Length')
  })

  test('two answers to one request are an error', () => {
    expect(() => new ResponseReader().take(Buffer.concat([answer, answer]))).toThrow('more came')
  })
})
