import { afterEach, expect, test, vi } from 'vitest'
import { browserEnvironment, type Signal } from './environment.ts'

afterEach(() => vi.unstubAllGlobals())

test('without a page there is nothing to listen to', () => {
  vi.stubGlobal('window', undefined)
  browserEnvironment.listen(() => {})()
})

test('a window that is no event target, as in React Native, is left alone', () => {
  vi.stubGlobal('window', {})
  browserEnvironment.listen(() => {})()
})

test('the page’s events become signals until the listener stops', () => {
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const page = Object.assign(new EventTarget(), { document })
  vi.stubGlobal('window', page)
  const signals: Signal[] = []
  const stop = browserEnvironment.listen((signal) => void signals.push(signal))
  const pageshow = (persisted: boolean): Event => Object.assign(new Event('pageshow'), { persisted })
  const fire = (): void => {
    for (const event of ['online', 'offline', 'pagehide']) page.dispatchEvent(new Event(event))
    page.dispatchEvent(pageshow(false))
    page.dispatchEvent(pageshow(true))
    document.visibilityState = 'hidden'
    document.dispatchEvent(new Event('visibilitychange'))
    document.visibilityState = 'visible'
    for (const event of ['visibilitychange', 'freeze', 'resume']) document.dispatchEvent(new Event(event))
  }
  fire()
  expect(signals).toEqual(['online', 'offline', 'suspend', 'resume', 'hidden', 'visible', 'suspend', 'resume'])
  stop()
  fire()
  expect(signals).toHaveLength(8)
})
