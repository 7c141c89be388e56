/**
 * The word that somebody meant who wrote `word`: the one that takes the fewest changes of a letter, two at most, or one in three of a
 * longer word.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(word.length / 3));
  const [best] = words
    .map((other) => ({ other, changes: changesBetween(word.toLowerCase(), other) }))
    .filter(({ changes }) => changes <= most && changes < word.length)
    .sort((a, b) => a.changes - b.changes);
  return best?.other;
}

/** Letters to add, to take away or to replace (Levenshtein). */
function changesBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === other[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
