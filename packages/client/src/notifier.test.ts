import { expect, test, vi } from 'vitest'
import { createEmitter, createNotifier, createTopic } from './notifier.ts'

test('outside a batch a change is told at once; in one, once at its end', () => {
  const notifier = createNotifier()
  const topic = createTopic()
  const told = vi.fn()
  topic.subscribe(told)
  notifier.changed(topic)
  expect(told).toHaveBeenCalledTimes(1)
  const result = notifier.batch(() => {
    notifier.changed(topic)
    notifier.batch(() => notifier.changed(topic))
    expect(told).toHaveBeenCalledTimes(1)
    return 7
  })
  expect([told.mock.calls.length, result]).toEqual([2, 7])
})

test('values are emitted after the topics, in order, to whoever still listens', () => {
  const notifier = createNotifier()
  const topic = createTopic()
  const emitter = createEmitter<number>(notifier)
  const seen: unknown[] = []
  topic.subscribe(() => seen.push('topic'))
  const stop = emitter.on((value) => seen.push(value))
  notifier.batch(() => {
    emitter.emit(1)
    emitter.emit(2)
    notifier.changed(topic)
  })
  stop()
  emitter.emit(3)
  expect(seen).toEqual(['topic', 1, 2])
})

test('the same function can listen twice, and each stop takes one away', () => {
  const topic = createTopic()
  const told = vi.fn()
  const stop = topic.subscribe(told)
  topic.subscribe(told)
  topic.tell()
  stop()
  stop()
  topic.tell()
  expect(told).toHaveBeenCalledTimes(3)
})

test('a change that a listener makes is told too', () => {
  const notifier = createNotifier()
  const [one, other] = [createTopic(), createTopic()]
  const told = vi.fn()
  one.subscribe(() => notifier.changed(other))
  other.subscribe(told)
  notifier.changed(one)
  expect(told).toHaveBeenCalledTimes(1)
})

test('a batch that throws still tells what had changed', () => {
  const notifier = createNotifier()
  const topic = createTopic()
  const told = vi.fn()
  topic.subscribe(told)
  const run = (): void =>
    notifier.batch(() => {
      notifier.changed(topic)
      throw new Error('mine')
    })
  expect(run).toThrow('mine')
  expect(told).toHaveBeenCalledTimes(1)
})
