import { describeStoreContract } from '../store.contract.ts'
import { createMemoryStore } from './memory-store.ts'

describeStoreContract('MemoryStore', async ({ now }) => createMemoryStore({ now }))
