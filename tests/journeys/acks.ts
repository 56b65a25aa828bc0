/** Acks: what the service has acknowledged to a page, as its socket heard it. */
import type { WebSocket } from 'playwright/test'

/** Notes the text of every message whose ack has reached the page. */
export function noteAcks(socket: WebSocket, acked: Set<string>): void {
  const sent = new Map<number, string>()
  socket.on('framesent', ({ payload }) => {
    const { type, ref, text } = JSON.parse(String(payload)) as { type: string; ref: number; text: string }
    if (type === 'message.send') sent.set(ref, text)
  })
  socket.on('framereceived', ({ payload }) => {
    for (const { ref, ok } of JSON.parse(String(payload)) as { ref?: number; ok?: unknown }[]) {
      const text = ref === undefined ? undefined : sent.get(ref)
      if (text !== undefined && ok !== undefined) acked.add(text)
    }
  })
}
