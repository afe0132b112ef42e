import { ownAll } from './ownership.embedded.ts'
import { ownershipContract } from './ownership.contract.ts'

ownershipContract('one process', () => ({ join: () => Promise.resolve(ownAll(4)) }))
