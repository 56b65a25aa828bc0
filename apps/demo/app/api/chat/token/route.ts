/** Exchanges the session for a short token that the chat service accepts. */
import { createTokenRoute } from '@parlor/next'

export const { POST } = createTokenRoute()
