'use client'
/** NewRoom makes a private room with people by name; the app's Server Action does it, because it knows who asks. */
import { useRouter } from 'next/navigation'
import { useActionState, useId, useRef } from 'react'
import controls from './controls.module.css'
import css from './dialog.module.css'
import { CloseIcon, PlusIcon } from './icons.tsx'
import type { CreateRoom, RoomResult } from './manage-rooms.ts'
import { refreshRoomList } from './use-room-list.ts'

export function NewRoom({ create }: { create: CreateRoom }) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const router = useRouter()
  const [result, submit, isBusy] = useActionState(async (_last: RoomResult, form: FormData) => {
    const next = await create(form).catch(() => UNREACHABLE)
    if (next.roomId) {
      dialog.current?.close()
      refreshRoomList()
      router.push(`/rooms/${encodeURIComponent(next.roomId)}`)
    }
    return next
  }, NOTHING)

  return (
    <>
      <button
        type="button"
        className={controls.icon}
        aria-label="New private room"
        aria-haspopup="dialog"
        onClick={() => dialog.current?.showModal()}
      >
        <PlusIcon />
      </button>
      <dialog ref={dialog} className={css.dialog} aria-labelledby={`${id}-title`}>
        <div className={css.head}>
          <h2 id={`${id}-title`} className={css.title}>
            New private room
          </h2>
          <button type="button" className={controls.icon} aria-label="Close" onClick={() => dialog.current?.close()}>
            <CloseIcon />
          </button>
        </div>
        <form action={submit} className={css.body}>
          <div className={controls.field}>
            <label className={controls.label} htmlFor={`${id}-name`}>
              Name of the room
            </label>
            <input
              className={controls.input}
              id={`${id}-name`}
              name="name"
              autoComplete="off"
              maxLength={60}
              placeholder="Tuesday dinner"
              defaultValue={result.roomId ? '' : result.name}
              required
            />
          </div>
          <div className={controls.field}>
            <label className={controls.label} htmlFor={`${id}-people`}>
              People
            </label>
            <input
              className={controls.input}
              id={`${id}-people`}
              name="people"
              autoComplete="off"
              placeholder="Grace Hopper, Alan Turing"
              defaultValue={result.roomId ? '' : result.people}
              aria-describedby={`${id}-hint`}
            />
            <p id={`${id}-hint`} className={controls.hint}>
              The names that they sign in with, with commas between. Nobody else can see the room.
            </p>
          </div>
          {result.problem && (
            <p className={controls.error} role="alert">
              {result.problem}
            </p>
          )}
          <div className={css.actions}>
            <button
              type="button"
              className={`${controls.button} ${controls.quiet}`}
              onClick={() => dialog.current?.close()}
            >
              Cancel
            </button>
            <button type="submit" className={controls.button} disabled={isBusy}>
              {isBusy ? 'Making the room…' : 'Make the room'}
            </button>
          </div>
        </form>
      </dialog>
    </>
  )
}

const NOTHING: RoomResult = {}
const UNREACHABLE: RoomResult = { problem: 'The app didn’t answer. Try again in a moment.' }
