'use client'
/** SignInForm asks for a name and hands it to the app's own sign-in, which is all that it knows about NextAuth. */
import { type FormEvent, useId, useState } from 'react'
import controls from './controls.module.css'
import { MAX_NAME, userIdOf } from './people.ts'
import css from './sign-in-form.module.css'

/** @param signIn signs in under this name; resolves to false when it was refused, and leaves the page when it wasn't */
export function SignInForm({ signIn }: { signIn: (name: string) => Promise<boolean> }) {
  const id = useId()
  const [state, setState] = useState<'idle' | 'busy' | 'empty' | 'refused' | 'unreachable'>('idle')

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const name = String(new FormData(form).get('name') ?? '')
    if (!userIdOf(name)) {
      setState('empty')
      form.querySelector('input')?.focus()
      return
    }
    setState('busy')
    try {
      if (!(await signIn(name))) setState('refused')
    } catch {
      setState('unreachable')
    }
  }

  const problem = PROBLEMS[state as keyof typeof PROBLEMS]
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      <div className={controls.field}>
        <label className={controls.label} htmlFor={id}>
          Your name
        </label>
        <div className={css.row}>
          <input
            className={controls.input}
            id={id}
            name="name"
            type="text"
            autoComplete="nickname"
            autoCapitalize="words"
            spellCheck={false}
            maxLength={MAX_NAME}
            placeholder="Ada Lovelace"
            aria-describedby={`${id}-note`}
            aria-invalid={problem ? true : undefined}
            required
          />
          <button className={`${controls.button} ${css.submit}`} type="submit" disabled={state === 'busy'}>
            {state === 'busy' ? 'Signing in…' : 'Sign in'}
          </button>
        </div>
      </div>
      <p id={`${id}-note`} className={problem ? controls.error : controls.hint} role={problem ? 'alert' : undefined}>
        {problem ?? 'A demo sign-in: no password, and the same name is always the same person.'}
      </p>
    </form>
  )
}

const PROBLEMS = {
  empty: 'Write a name with at least one letter or digit.',
  refused: 'That name was refused. Try another one.',
  unreachable: 'The app didn’t answer. Try again in a moment.',
}
