import { PLAYER_WORDS } from './player-words.ts'
import { lang } from './store.ts'
import { fill } from './words.ts'

/** A key of {@link PLAYER_WORDS}. */
export type PlayerWord = keyof typeof PLAYER_WORDS

/** A sentence about a session in the page's language. */
export function p(word: PlayerWord, parts: Readonly<Record<string, string | number>> = {}): string {
  return fill(PLAYER_WORDS[word][lang.value], parts)
}
