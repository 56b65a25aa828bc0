/** Channels: how the pages of an origin talk to each other. A message reaches every other page that listens, in order. */

export interface Channels {
  /** Joins a channel by its name. `onMessage` is called later, never from inside `open`, and never for an own message. */
  open(name: string, onMessage: (message: unknown) => void): Channel
}

export interface Channel {
  /** Takes what `structuredClone` takes. */
  post(message: unknown): void
  close(): void
}

/** BroadcastChannel; undefined where there is none. */
export function findBroadcastChannels(): Channels | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined
  return {
    open(name, onMessage) {
      const channel = new BroadcastChannel(name)
      channel.onmessage = (event: MessageEvent) => onMessage(event.data)
      return {
        post: (message) => channel.postMessage(message),
        close: () => channel.close(),
      }
    },
  }
}
