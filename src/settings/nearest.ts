import { closestMatch } from "leven";

/**
 * The word that somebody meant who wrote `word`: the one that takes the fewest changes of a letter, two at most, or one in three of a
 * longer word.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const most = Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1);
  return closestMatch(word.toLowerCase(), words, { maxDistance: most });
}
