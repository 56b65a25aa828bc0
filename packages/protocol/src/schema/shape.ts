/** What every frame and every body must satisfy, whatever its schema says: bounded depth, sane keys, whole characters. */
/// <reference lib="es2024.string" />
import { ChatError } from '../errors.ts'
import { MAX_DATA_DEPTH } from '../limits.ts'

/**
 * Refuses (`invalid`) nesting deeper than `MAX_DATA_DEPTH` below the top, keys that JavaScript code trips over, lone
 * surrogates (they are not UTF-8) and NUL (PostgreSQL stores none), in keys and values alike.
 */
export function assertShape(value: unknown, path = '', depth = 0): void {
  if (typeof value === 'string') assertString(value, path)
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DATA_DEPTH) throw refuse(path, `at most ${MAX_DATA_DEPTH} levels of objects and arrays`)
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) assertShape(item, join(path, String(index)), depth + 1)
    return
  }
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) throw refuse(path, `no key named ${key}`)
    assertString(key, path)
    assertShape((value as Record<string, unknown>)[key], join(path, key), depth + 1)
  }
}

/** A path such as `rooms.0.epoch`, cut where it would repeat long or strange keys of the sender. */
export function join(path: string, key: string): string {
  return PLAIN_KEY.test(key) && path.length + key.length < MAX_PATH_CHARS ? (path ? `${path}.${key}` : key) : path
}

function assertString(value: string, path: string): void {
  if (!value.isWellFormed() || value.includes('\0')) throw refuse(path, 'whole Unicode characters and no NUL')
}

function refuse(path: string, hint: string): ChatError {
  return new ChatError('invalid', { hint: `Expected ${hint}.`, ...(path && { field: path }) })
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const PLAIN_KEY = /^[A-Za-z0-9_]{1,32}$/
const MAX_PATH_CHARS = 128
