import { describe, expect, test } from 'vitest'
import { ChatError, ERRORS, type ErrorCode } from './errors.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]

describe('ERRORS', () => {
  test.each(codes)('%s is a snake_case code with an action and a sentence', (code) => {
    const [action, sentence] = ERRORS[code]
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(['retry', 'wait', 'refresh', 'tell']).toContain(action)
    expect(sentence).toMatch(/^[A-Z].+\.$/)
  })

  test('only these can succeed later, and how', () => {
    expect(codes.filter((code) => new ChatError(code).retryable).map((code) => [code, ERRORS[code][0]])).toEqual([
      ['expired', 'refresh'],
      ['not_yet_valid', 'refresh'],
      ['out_of_order', 'retry'],
      ['rate_limited', 'wait'],
      ['too_many_connections', 'wait'],
      ['unavailable', 'retry'],
      ['timeout', 'retry'],
      ['internal', 'retry'],
    ])
  })
})

describe('ChatError', () => {
  test('travels without loss, and without what only the service may know', () => {
    const error = new ChatError('rate_limited', {
      retryAfterMs: 200,
      hint: 'h',
      field: 'f',
      cause: new Error('secret'),
    })
    const wire = error.toWire()
    expect(wire).toEqual({
      code: 'rate_limited',
      message: ERRORS.rate_limited[1],
      retryable: true,
      hint: 'h',
      field: 'f',
      retryAfterMs: 200,
    })
    const back = ChatError.fromWire(wire)
    expect(back).toBeInstanceOf(ChatError)
    expect(back.toWire()).toEqual(wire)
  })

  test('leaves out what there is nothing to say about', () => {
    expect(new ChatError('forbidden').toWire()).toEqual({
      code: 'forbidden',
      message: ERRORS.forbidden[1],
      retryable: false,
    })
  })

  test('a code of a newer service is taken by its `retryable`, and keeps its message', () => {
    for (const code of ['quantum_flux', 'toString', '__proto__'] as string[] as ErrorCode[]) {
      for (const retryable of [true, false]) {
        const error = ChatError.fromWire({ code, message: 'Something new.', retryable })
        expect([error.code, error.retryable, error.message]).toEqual([
          retryable ? 'internal' : 'invalid',
          retryable,
          'Something new.',
        ])
      }
    }
  })
})
