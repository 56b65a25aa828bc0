import { uuidv7 } from '@parlor/protocol'
import { expect, test } from 'vitest'
import { onEveryStore, startService } from './harness.ts'
import type { Peer, Result } from './peer.ts'

onEveryStore((store) => {
  test('[MSG-1] the answer has the seq; the row comes with the event, to the sender too', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.open('general')
    const id = uuidv7()
    const data = { kind: 'card', lines: [1, { deep: null }] }
    const sent = await ann.say('general', 'hi\r\n\tthere 👩‍👩‍👧‍👦', { id, data })
    expect(sent).toEqual({ id, seq: 3 })
    const { message } = await ann.push('message.created')
    expect(message).toEqual({
      id,
      seq: 3,
      version: 3,
      ordinal: 1,
      textVersion: 3,
      user: { id: 'ann', name: 'Ann', picture: null },
      text: 'hi\r\n\tthere 👩‍👩‍👧‍👦',
      data,
      createdAt: expect.any(Number),
      reactions: [],
    })
    expect((await ann.command({ type: 'message.list', roomId: 'general' })).messages).toEqual([message])
  })

  test('[MSG-2] the same id again is answered with the first seq, whatever became of the message', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('general')
    const draft = { type: 'message.send', roomId: 'general', id: uuidv7(), text: 'once', data: { a: 1, b: 2 } }
    const first = await ann.command(draft)
    const again = async (peer: Peer, more = {}) => expect(await peer.command({ ...draft, ...more })).toEqual(first)
    await again(ann)
    await again(ann, { data: { b: 2, a: 1 }, attempt: 2 })
    await ann.command({ ...edit(first), text: 'changed' })
    await again(ann, { attempt: 3 })
    await ann.command({ type: 'message.delete', roomId: 'general', id: draft.id })
    await again(ann)
    await ann.command({ type: 'room.leave', roomId: 'general' })
    await again(ann)
    await again(await service.signIn('ann'))
    await bo.settle()
    expect(bo.stream().filter((item) => item.type === 'message.created')).toHaveLength(1)
    expect(bo.stream().at(-1)).toMatchObject({ type: 'member.left' })
  })

  test('[MSG-2] a retry is answered so to who was removed since', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const draft = { type: 'message.send', roomId: 'team', id: uuidv7(), text: 'once' }
    const first = await bo.command(draft)
    await ann.command({ type: 'member.remove', roomId: 'team', userId: 'bo' })
    expect(await bo.command({ ...draft, attempt: 2 })).toEqual(first)
  })

  test('[MSG-2] the same message sent many times at once is stored once', async () => {
    const service = await startService({ store })
    const peers = await Promise.all(Array.from({ length: 5 }, () => service.signIn('ann')))
    const id = uuidv7()
    const answers = await Promise.all(
      peers.flatMap((peer) => Array.from({ length: 8 }, () => peer.say('general', 'once', { id }))),
    )
    expect(new Set(answers.map((answer) => answer.seq)).size).toBe(1)
    const page = await peers[0]?.command({ type: 'message.list', roomId: 'general' })
    expect(page?.messages).toHaveLength(1)
  })

  test('[MSG-2] it survives a restart', async () => {
    if (store === 'memory') return
    const service = await startService({ store })
    const draft = { type: 'message.send', roomId: 'general', id: uuidv7(), text: 'once' }
    const first = await (await service.signIn('ann')).command(draft)
    await service.restart()
    const ann = await service.signIn('ann')
    expect(await ann.command({ ...draft, attempt: 2 })).toEqual(first)
    expect((await ann.command({ type: 'message.list', roomId: 'general' })).messages).toHaveLength(1)
  })

  test('[MSG-3] the same id with other content, or from somebody else, is id_conflict; in another room it is free', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const draft = { type: 'message.send', roomId: 'general', id: uuidv7(), text: 'mine', data: { a: 1 } }
    await ann.command(draft)
    for (const change of [{ text: 'other' }, { data: { a: 2 } }, { data: {} }]) {
      expect((await ann.refused({ ...draft, ...change })).code).toBe('id_conflict')
    }
    const { data: _, ...withoutData } = draft
    expect((await ann.refused(withoutData)).code).toBe('id_conflict')
    expect((await bo.refused(draft)).code).toBe('id_conflict')
    await bo.command({ ...draft, roomId: 'lobby-1' })
  })

  test('[MSG-4] what one connection sends keeps its order', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const send = (peer: Peer, text: string) =>
      peer.send({ type: 'message.send', roomId: 'general', id: crypto.randomUUID(), text })
    const refs = Array.from({ length: 100 }, (_, i) => [send(ann, `ann ${i}`), send(bo, `bo ${i}`)] as const)
    const seqs = { ann: [] as number[], bo: [] as number[] }
    for (const [annRef, boRef] of refs) {
      seqs.ann.push((await ann.reply(annRef)).ok.seq)
      seqs.bo.push((await bo.reply(boRef)).ok.seq)
    }
    for (const own of Object.values(seqs)) expect(own).toEqual(own.toSorted((a, b) => a - b))
    expect(new Set([...seqs.ann, ...seqs.bo]).size).toBe(200)
  })

  test('[MSG-5] after names what must be stored before', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const [first, second] = [uuidv7(), uuidv7()]
    const later = { type: 'message.send', roomId: 'general', id: second, text: 'two', after: first }
    const error = await ann.refused(later)
    expect([error.code, error.retryable]).toEqual(['out_of_order', true])
    await ann.say('general', 'one', { id: first })
    await ann.command({ ...later, attempt: 2 })
    await ann.command({ type: 'message.delete', roomId: 'general', id: first })
    await ann.say('general', 'three', { after: first })
    const { messages } = await ann.command({ type: 'message.list', roomId: 'general' })
    expect(messages.map((message: { text: string }) => message.text)).toEqual(['', 'two', 'three'])
  })

  test('[MSG-6] a message has content, and not too much of it', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const codeOf = async (draft: Record<string, unknown>) => {
      const send = { type: 'message.send', roomId: 'general', id: uuidv7(), ...draft }
      return (await ann.reply(ann.send(send))).error?.code
    }
    expect(await codeOf({ text: '' })).toBe('message_empty')
    expect(await codeOf({ text: ' \n\t\r\u3000 ' })).toBe('message_empty')
    expect(await codeOf({ text: '', data: {} })).toBeUndefined()
    expect(await codeOf({ text: 'x'.repeat(4_000) })).toBeUndefined()
    expect(await codeOf({ text: '\uffff'.repeat(4_000), data: { a: 'x'.repeat(8_000) } })).toBeUndefined()
    expect(await codeOf({ text: 'x'.repeat(4_001) })).toBe('message_too_long')
    for (const char of ['\u0000', '\u001b', '\u000b']) expect(await codeOf({ text: `a${char}` })).toBe('invalid')
    for (const data of ['x', 1, null, [], { a: 'x'.repeat(8_192) }]) {
      expect(await codeOf({ text: 'x', data })).toBe('invalid')
    }
  })

  test('[MSG-6] a service may take less', async () => {
    const service = await startService({ store, config: { maxTextChars: 10 } })
    const ann = await service.connect()
    expect((await ann.hello(service.token('ann'))).limits.textChars).toBe(10)
    const { id, seq } = await ann.say('general', 'x'.repeat(10))
    const send = { type: 'message.send', roomId: 'general', id: uuidv7(), text: 'x'.repeat(11) }
    expect(await ann.refused(send)).toMatchObject({ code: 'message_too_long', field: 'text' })
    expect((await ann.refused({ ...edit({ id, seq }), text: 'x'.repeat(11) })).code).toBe('message_too_long')
  })

  test('[MSG-7] message.cancel tells the seq of what was stored, and stops what was not', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const sent = await ann.say('general', 'stored')
    const cancel = (peer: Peer, id: string) => peer.command({ type: 'message.cancel', roomId: 'general', id })
    expect(await cancel(ann, sent.id)).toEqual(sent)
    const id = uuidv7()
    expect(await cancel(ann, id)).toEqual({ id })
    expect(await cancel(ann, id)).toEqual({ id })
    const late = { type: 'message.send', roomId: 'general', id, text: 'late' }
    expect((await ann.refused(late)).code).toBe('cancelled')
    await bo.command(late)
    expect((await bo.refused({ type: 'message.cancel', roomId: 'general', id: sent.id })).code).toBe('id_conflict')
  })

  test('[MSG-8] a repeated attempt that is refused for good cancels the id; a first one does not', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'guest' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    const [first, repeated] = [uuidv7(), uuidv7()]
    const draft = { type: 'message.send', roomId: 'team', text: 'x' }
    expect((await bo.refused({ ...draft, id: first })).code).toBe('forbidden')
    expect((await bo.refused({ ...draft, id: repeated, attempt: 2 })).code).toBe('forbidden')
    await ann.command({ type: 'member.update', roomId: 'team', userId: 'bo', role: 'member' })
    await bo.command({ ...draft, id: first })
    expect((await bo.refused({ ...draft, id: repeated })).code).toBe('cancelled')
  })

  test('[MSG-9] only the author edits, and only what they read', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { ann: 'owner', bo: 'member' })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('team')
    const sent = await bo.say('team', 'one')
    const change = { ...edit(sent), roomId: 'team', text: 'two' }
    expect((await ann.refused(change)).code).toBe('forbidden')
    const edited = await bo.command(change)
    expect(edited).toEqual({ id: sent.id, version: sent.seq + 1 })
    const { message } = await bo.push('message.edited')
    expect(message).toMatchObject({ ...sent, version: edited.version, textVersion: edited.version, text: 'two' })
    expect(message.editedAt).toBeGreaterThanOrEqual(message.createdAt)
    expect(await bo.command(change)).toEqual(edited)
    expect((await bo.refused({ ...change, editId: uuidv7() })).code).toBe('edit_conflict')
    await bo.command({ ...change, editId: uuidv7(), baseVersion: edited.version, text: 'three' })
    await ann.command({ type: 'message.react', roomId: 'team', id: sent.id, emoji: '👍', on: true })
    await bo.command({ ...change, editId: uuidv7(), baseVersion: edited.version + 1, text: 'four' })
    await bo.settle()
    expect(bo.stream().filter((item) => item.type === 'message.edited')).toHaveLength(3)
  })

  test('[MSG-10] an edit changes what it names and keeps the rest, but leaves no empty message', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    await ann.open('general')
    const sent = await ann.say('general', 'text', { data: { a: 1 } })
    let baseVersion = sent.seq
    const change = async (patch: Record<string, unknown>) => {
      const { version } = await ann.command({ ...edit(sent), baseVersion, ...patch })
      baseVersion = version
      const { message } = await ann.push('message.edited', (item) => item.seq === version)
      return { text: message.text, data: message.data }
    }
    expect(await change({ text: 'changed' })).toEqual({ text: 'changed', data: { a: 1 } })
    expect(await change({ data: { b: 2 } })).toEqual({ text: 'changed', data: { b: 2 } })
    expect(await change({ text: '' })).toEqual({ text: '', data: { b: 2 } })
    expect((await ann.refused({ ...edit(sent), baseVersion, data: null })).code).toBe('message_empty')
    expect(await change({ text: 'again', data: null })).toEqual({ text: 'again', data: undefined })
    expect((await ann.refused({ ...edit(sent), baseVersion, text: ' ' })).code).toBe('message_empty')
    expect((await ann.refused({ ...edit(sent), baseVersion })).code).toBe('invalid')
  })

  test('[MSG-11] deleting leaves a tombstone for everybody, and nothing of what was said', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('general')
    const sent = await ann.say('general', 'a secret', { data: { also: 'secret' } })
    await bo.command({ type: 'message.react', roomId: 'general', id: sent.id, emoji: '🤫', on: true })
    await bo.push('message.reacted')
    const deletion = { type: 'message.delete', roomId: 'general', id: sent.id }
    expect((await bo.refused(deletion)).code).toBe('forbidden')
    const deleted = await ann.command(deletion)
    expect(await ann.command(deletion)).toEqual(deleted)
    const event = await bo.push('message.deleted')
    expect(event).toEqual({
      type: 'message.deleted',
      roomId: 'general',
      seq: deleted.version,
      message: {
        id: sent.id,
        seq: sent.seq,
        version: deleted.version,
        ordinal: 1,
        textVersion: sent.seq,
        user: { id: 'ann', name: 'Ann', picture: null },
        text: '',
        createdAt: expect.any(Number),
        deletedAt: expect.any(Number),
        deletedBy: 'ann',
        reactions: [],
      },
    })
    expect((await bo.command({ type: 'message.list', roomId: 'general' })).messages).toEqual([event.message])
    expect((await bo.open('general')).reset.messages).toEqual([event.message])
    const base = { ...edit(sent), baseVersion: deleted.version }
    expect((await ann.refused({ ...base, text: 'back' })).code).toBe('message_deleted')
    expect(
      (await bo.refused({ type: 'message.react', roomId: 'general', id: sent.id, emoji: '👍', on: true })).code,
    ).toBe('message_deleted')
  })

  test('[MSG-11] moderators delete what others said', async () => {
    const service = await startService({ store })
    await service.makeRoom('team', 'private', { mo: 'moderator', bo: 'member' })
    const [mo, bo] = [await service.signIn('mo'), await service.signIn('bo')]
    const { id } = await bo.say('team', 'rude')
    await mo.command({ type: 'message.delete', roomId: 'team', id })
    const { messages } = await bo.command({ type: 'message.list', roomId: 'team' })
    expect(messages[0]).toMatchObject({ id, text: '', deletedBy: 'mo' })
    const again = await bo.command({ type: 'message.delete', roomId: 'team', id })
    expect(again.version).toBe(messages[0].version)
    expect((await bo.open('team')).reset.messages).toEqual(messages)
  })

  test('[MSG-12] a reaction is one’s own, and set or clear', async () => {
    const service = await startService({ store })
    const [ann, bo] = [await service.signIn('ann'), await service.signIn('bo')]
    await bo.open('general')
    const { id } = await ann.say('general', 'tea?')
    const react = (peer: Peer, emoji: string, on: boolean) =>
      peer.command({ type: 'message.react', roomId: 'general', id, emoji, on })
    await react(ann, '☕', true)
    const set = await react(bo, '☕', true)
    expect(await react(bo, '☕', true)).toEqual(set)
    await react(bo, '👩🏽‍🚀', true)
    await react(ann, '☕', false)
    expect(await react(ann, '🍰', false)).toMatchObject({ id })
    await bo.settle()
    const reacted = bo.stream().filter((item) => item.type === 'message.reacted')
    expect(reacted.map((item) => item.message.reactions)).toEqual([
      [{ emoji: '☕', userIds: ['ann'] }],
      [{ emoji: '☕', userIds: ['ann', 'bo'] }],
      [
        { emoji: '☕', userIds: ['ann', 'bo'] },
        { emoji: '👩🏽‍🚀', userIds: ['bo'] },
      ],
      [
        { emoji: '☕', userIds: ['bo'] },
        { emoji: '👩🏽‍🚀', userIds: ['bo'] },
      ],
    ])
    expect(reacted.at(-1)?.message.textVersion).toBe(3)
  })

  test('[MSG-12] a message has at most 20 different emoji, and 1,000 reactions', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const { id } = await ann.say('general', 'popular')
    const react = (emoji: string) => ({ type: 'message.react', roomId: 'general', id, emoji, on: true })
    const emoji = Array.from({ length: 20 }, (_, i) => String.fromCodePoint(0x1f600 + i))
    const peers = await Promise.all(Array.from({ length: 50 }, (_, i) => service.signIn(`user-${i}`)))
    for (const one of emoji) await Promise.all(peers.map((peer) => peer.command(react(one))))
    expect((await ann.refused(react('🦄'))).code).toBe('reaction_limit')
    expect((await ann.refused(react(emoji[0] ?? ''))).code).toBe('reaction_limit')
    await peers[0]?.command({ ...react(emoji[0] ?? ''), on: false })
    await ann.command(react(emoji[0] ?? ''))
  })

  test('[MSG-13] an unknown message is message_not_found, also where another room has the id', async () => {
    const service = await startService({ store })
    const ann = await service.signIn('ann')
    const { id } = await ann.say('lobby-1', 'elsewhere')
    await ann.say('general', 'here')
    for (const command of [
      { ...edit({ id, seq: 3 }), text: 'x' },
      { type: 'message.delete', id },
      { type: 'message.react', id, emoji: '👍', on: true },
      { type: 'message.list', around: id },
    ]) {
      expect((await ann.refused({ ...command, roomId: 'general' })).code).toBe('message_not_found')
    }
  })
})

function edit({ id, seq }: Result): Record<string, unknown> {
  return { type: 'message.edit', roomId: 'general', id, editId: uuidv7(), baseVersion: seq }
}
