/** The demo's addresses. */

export function roomPath(roomId: string): string {
  return `/rooms/${encodeURIComponent(roomId)}`
}

/** The room that an address names. One that isn't well-formed names none: the service answers for it. */
export async function roomIdOf(params: RoomPageProps['params']): Promise<string> {
  const { roomId } = await params
  try {
    return decodeURIComponent(roomId)
  } catch {
    return roomId
  }
}

/** Where somebody who isn't signed in goes first; the room comes afterwards. */
export function signInPath(roomId: string): string {
  return `/?to=${encodeURIComponent(roomPath(roomId))}`
}

/** Where to go after signing in. Only rooms of this app: a link must not send people anywhere else. */
export function pathAfterSignIn({ to }: { [name: string]: string | string[] | undefined }): string {
  return typeof to === 'string' && /^\/rooms\/[^/\\]+$/.test(to) ? to : '/'
}

// --- types ---

export interface PageProps {
  searchParams: Promise<{ [name: string]: string | string[] | undefined }>
}

export interface RoomPageProps {
  params: Promise<{ roomId: string }>
}
