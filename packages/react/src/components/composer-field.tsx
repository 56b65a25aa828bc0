'use client'
/** ComposerField: a text field that grows, its keys, its limit and its button. */
import {
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useStrings } from '../chat-context.ts'
import { fillCount } from '../strings.ts'
import { CheckIcon, SendIcon } from './icons.tsx'

/**
 * The text lives in the field, not in a state: somebody may have typed before the page hydrated, and an input method
 * owns it while it composes.
 */
export function ComposerField(props: ComposerFieldProps): ReactNode {
  const { ref, initialText, label, placeholder, reason, maxLength, hasFocus, action } = props
  const strings = useStrings()
  const id = useId()
  const own = useRef<HTMLTextAreaElement>(null)
  const [size, setSize] = useState<Size>({ length: initialText.length, isBlank: initialText.trim() === '' })
  const left = maxLength - size.length
  const isLocked = reason !== null

  const measure = (): void => {
    const input = own.current
    if (!input) return
    const next = { length: input.value.length, isBlank: input.value.trim() === '' }
    setSize((before) => (before.length === next.length && before.isBlank === next.isBlank ? before : next))
    fitHeight(input)
  }
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    const input = own.current
    if (!input || isLocked || input.value.length > maxLength) return
    const text = input.value.trim()
    if (text === '') return
    props.onSubmit(text)
    input.value = ''
    props.onText?.('')
    measure()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // Keys belong to the input method while it composes; Safari ends composing first and then sends Enter with code 229.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey && !isTouchScreen()) {
      event.preventDefault()
      submit()
    } else if (event.key === 'Escape' && props.onEscape) {
      event.preventDefault()
      props.onEscape()
    } else if (event.key === 'ArrowUp' && props.onArrowUp && own.current?.value === '') {
      event.preventDefault()
      props.onArrowUp()
    }
  }

  const focusFirst = useRef(hasFocus)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for what the field begins with.
  useLayoutEffect(() => {
    measure()
    if (!focusFirst.current || !own.current) return
    own.current.focus()
    own.current.setSelectionRange(own.current.value.length, own.current.value.length)
  }, [])

  return (
    <form
      className="parlor-composer-form"
      data-locked={isLocked || undefined}
      data-blank={size.isBlank || undefined}
      onSubmit={submit}
    >
      {isLocked && (
        <p id={`${id}-reason`} className="parlor-composer-reason">
          {reason} {action}
        </p>
      )}
      <div className="parlor-composer-box" data-over={left < 0 || undefined}>
        <textarea
          ref={(input) => {
            own.current = input
            return connect(ref, input)
          }}
          className="parlor-composer-input"
          rows={1}
          dir="auto"
          defaultValue={initialText}
          placeholder={isLocked ? '' : placeholder}
          readOnly={isLocked}
          enterKeyHint="enter"
          autoComplete="off"
          aria-label={label}
          aria-invalid={left < 0}
          aria-describedby={isLocked ? `${id}-reason` : `${id}-hint`}
          onInput={() => {
            measure()
            props.onText?.(own.current?.value ?? '')
          }}
          onKeyDown={onKeyDown}
        />
        <span id={`${id}-hint`} className="parlor-hidden">
          {strings.composerHint}
        </span>
        {left <= WARN_CHARS && (
          <span className="parlor-composer-count" aria-hidden="true">
            {left}
          </span>
        )}
        <button
          type="submit"
          className="parlor-send"
          aria-label={props.submitLabel}
          title={props.submitLabel}
          disabled={isLocked || size.isBlank || left < 0}
          // Keeps the keyboard of a phone open: the field doesn't lose the focus.
          onPointerDown={(event) => event.preventDefault()}
        >
          {props.submitKind === 'send' ? <SendIcon /> : <CheckIcon />}
        </button>
      </div>
      {/* Tens only, so that a screen reader isn't interrupted with every letter. */}
      <span className="parlor-hidden" role="status">
        {left < 0
          ? fillCount(strings.charactersOver, Math.ceil(-left / 10) * 10, undefined)
          : left <= WARN_CHARS
            ? fillCount(strings.charactersLeft, Math.floor(left / 50) * 50, undefined)
            : ''}
      </span>
    </form>
  )
}

/** From here on it is shown how much more fits: two lines or so. */
const WARN_CHARS = 200

/** Where the browser can't size the field by its content, this does. */
function fitHeight(input: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return
  input.style.height = 'auto'
  input.style.height = `${input.scrollHeight}px`
}

function isTouchScreen(): boolean {
  return window.matchMedia('(hover: none) and (pointer: coarse)').matches
}

function connect(ref: Ref<HTMLTextAreaElement> | undefined, input: HTMLTextAreaElement | null): void {
  if (typeof ref === 'function') ref(input)
  else if (ref) ref.current = input
}

// --- types ---

export interface ComposerFieldProps {
  ref?: Ref<HTMLTextAreaElement> | undefined
  /** What the field begins with. */
  initialText: string
  label: string
  placeholder: string
  submitLabel: string
  submitKind: 'send' | 'save'
  maxLength: number
  /** Why nothing can be written now; the text stays and can be copied. */
  reason: string | null
  /** What can be done about the reason. */
  action?: ReactNode
  /** Whether it takes the focus when it appears. */
  hasFocus: boolean
  onText?: ((text: string) => void) | undefined
  /** The text without blanks around it; never empty, never too long. The field is emptied after it. */
  onSubmit(text: string): void
  onEscape?: (() => void) | undefined
  onArrowUp?: (() => void) | undefined
}

interface Size {
  length: number
  isBlank: boolean
}
