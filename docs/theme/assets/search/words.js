/* Words, and the forms under which the index files them: src/autograd_notes/site/search.py cuts texts in the same way. */

const words = (() => {
  const HAN = "\u3400-\u9fff\uf900-\ufaff"
  const LATIN = `(?:(?![${HAN}])[\\p{L}\\p{N}_])+`
  // A power is one word, as people type it (x^2) and as results show it (x²).
  const WORD = new RegExp(`[${HAN}]+|${LATIN}(?:\\^${LATIN})*`, "gu")
  const BEGINS_HAN = new RegExp(`^[${HAN}]`)

  const isHan = (text) => BEGINS_HAN.test(text)
  const of = (text) => text.match(WORD) ?? []
  const at = (text) => [...text.matchAll(WORD)].map(({ 0: word, index }) => [word, index])
  const pairs = (run) => (run.length < 2 ? [run] : [...run.slice(1)].map((_, number) => run.slice(number, number + 2)))

  const plain = (word) => word.replaceAll("^", "").normalize("NFKC")

  /** The parts of a name in code: of retain_graph, AccumulateGrad, MulBackward0. */
  function parts(word) {
    const found = plain(word).replace(/([a-z])(?=[A-Z])/g, "$1_").toLowerCase().split("_")
    return found.map((part) => part.replace(/\d+$/, "")).filter((part) => part.length > 1)
  }

  const made = new Map()

  /** A word as the index files it, and the stems of its parts, marked by "~"; a Chinese run as its pairs. */
  function forms(word) {
    if (isHan(word)) return pairs(word)
    if (!made.has(word)) {
      const stems = parts(word).map((part) => `~${stemmer(part)}`)
      made.set(word, [plain(word).toLowerCase(), ...new Set(stems)])
    }
    return made.get(word)
  }

  /** How many letters have to be changed, added, left out or swapped to make one word of another. */
  function distance(one, other) {
    let [before, row] = [[], [...other, ""].map((_, number) => number)]
    for (let i = 1; i <= one.length; i++) {
      const next = [i]
      for (let j = 1; j <= other.length; j++) {
        const change = one[i - 1] === other[j - 1] ? 0 : 1
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + change)
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
          next[j] = Math.min(next[j], before[j - 2] + 1)
        }
      }
      ;[before, row] = [row, next]
    }
    return row[other.length]
  }

  return { isHan, of, at, pairs, parts, forms, distance }
})()
