/* Ranking: which sections answer a query, by their headings and by what else people call them, and by their texts. What
 * a file of words says of a word, src/autograd_notes/site/search.py has written.
 */

const ranking = (() => {
  // What a match is worth: of a word as it stands, inflected, or as the beginning of one that is still being typed.
  const MATCH = { whole: 1, stem: 0.9, prefix: 0.6 }
  // What is worth how much: a name of the section that says what the query says, one of its page, heading and title
  // together, the text, words side by side in it, and a message that the section is about.
  const WORTH = { name: 2, page: 0.8, heading: 0.8, text: 1.2, together: 0.6, message: 4 }
  // What a name adds that says all of the query and nothing else.
  const EXACT = 0.3
  // What a word counts that is nowhere, as a part of the others.
  const UNKNOWN = 0.3
  const LAST = 0.55
  const EARLY = 0.06
  // Results below this part of the best one are left out.
  const POOR = 0.3
  // Of so many words the files are fetched; of fewer where the query is a message that the site has.
  const MOST_WORDS = 6
  const MOST_BESIDES = 4

  /** How many words a name in code has, how many pairs a Chinese one. */
  const sizeOf = ([whole, ...others]) => (words.isHan(whole) ? 1 + others.length : Math.max(1, others.length))

  /** Prepare what all queries need of a site. */
  function prepare(index) {
    const common = new Set(index.common.filter((word) => !words.isHan(word)))
    const commonHan = index.common.filter(words.isHan).sort((one, other) => other.length - one.length)
    const isCommon = (word) => common.has(word.toLowerCase())
    const withoutCommonHan = (text) => commonHan.reduce((rest, phrase) => rest.replaceAll(phrase, " "), text)
    return { ...index, last: new Set(index.last), isCommon, withoutCommonHan }
  }

  /** A query, and the same in the site's own words where it uses others. */
  function variants(query, { same }) {
    const lower = query.toLowerCase()
    let ours = lower
    for (const [own, ...others] of same) {
      if (ours.includes(own.toLowerCase())) continue
      for (const other of others) {
        const sought = words.isHan(other) ? other : new RegExp(`(?<![\\w])${other.replace(/[.+()]/g, "\\$&")}(?![\\w])`, "g")
        ours = ours.replaceAll(sought, own)
      }
    }
    return ours === lower ? [query] : [query, ours]
  }

  /** The words of a query that say something: of common ones, nothing but where there are no others. */
  function asked(query, site, isKnown) {
    const unit = (word, isLast) => {
      const [whole, ...stems] = words.isHan(word) ? [word] : words.forms(word)
      return { word, whole, stems, isLast, isWeak: site.isCommon(word) }
    }
    const cut = (text) => words.of(text).flatMap((word) => (words.isHan(word) ? words.pairs(word) : word))
    const rest = cut(site.withoutCommonHan(query))
    const all = rest.length ? rest : cut(query)
    const units = all.map((word, at) => unit(word, at === all.length - 1))
    const strong = units.filter(({ isWeak }) => !isWeak)
    const once = new Map((strong.length ? strong : units).map((one) => [one.whole, one]))
    const found = [...once.values()]
    // A longer word is a rarer one, most of the time.
    const long = [...found].sort((one, other) => other.whole.length - one.whole.length).slice(0, isKnown ? MOST_BESIDES : MOST_WORDS)
    return found.filter((one) => long.includes(one))
  }

  /** How well a word of a query is matched by one of the site. */
  function match({ whole, stems, isLast }, word) {
    if (word === whole) return MATCH.whole
    if (words.isHan(word)) return 0
    if (stems.length === 1 && word[0] === whole[0] && !word.includes("_") && `~${stemmer(word)}` === stems[0]) return MATCH.stem
    return isLast && whole.length > 2 && word.startsWith(whole) ? MATCH.prefix : 0
  }

  /** Return how to score a section for the words of a query. `found` has for each word its places: the sections whose
   * text has it, those with names that have it, and how many there are.
   */
  function scorer(units, found, site) {
    const weights = found.map(({ many }) => (many ? Math.log(1 + site.sections / many) : 0))
    const known = weights.filter(Boolean)
    if (!known.length) return () => 0
    const sum = known.reduce((sum, weight) => sum + weight, 0)
    const total = sum + UNKNOWN * (weights.length - known.length) * (sum / known.length)
    const recalled = (matched) => matched.reduce((sum, worth, number) => sum + weights[number] * worth, 0) / total

    function worthOf(names) {
      const recall = recalled(names.map((name) => name?.worth ?? 0))
      const matched = units.filter((_, number) => names[number])
      const said = matched.reduce((sum, { whole, stems }) => sum + sizeOf([whole, ...stems]), 0)
      const precision = Math.min(1, said / Math.max(1, names.find(Boolean).size))
      return recall * (0.4 + 0.6 * precision) + (Math.min(recall, precision) > 0.99 ? EXACT : 0)
    }

    /** What the best name of a section is worth. */
    function bestName(section) {
      const numbers = new Set(found.flatMap(({ names }) => Object.keys(names.get(section) ?? {})))
      return Math.max(0, ...[...numbers].map((which) => worthOf(found.map(({ names }) => names.get(section)?.[which]))))
    }

    return (section) => {
      const page = Math.floor(section / site.stride)
      const first = page * site.stride
      const text = recalled(found.map(({ texts }) => texts.get(section) ?? 0))
      const heading = recalled(found.map(({ names }) => {
        const own = Object.values(names.get(section) ?? {}).map(({ worth }) => worth)
        return Math.max(0, names.get(first)?.[0]?.worth ?? 0, ...own)
      }))
      const parts =
        WORTH.name * bestName(section) + WORTH.page * bestName(first) + WORTH.heading * heading + WORTH.text * text
      return parts * (1 + EARLY * (1 - page / site.pages)) * (site.last.has(page) ? LAST : 1)
    }
  }

  /** Order the pages of sections by their best one, but for those that are poor beside the best of all. */
  function byPage(sections, score, { stride }) {
    const pages = new Map()
    for (const section of [...sections].sort((one, other) => one - other)) {
      const page = Math.floor(section / stride)
      const hit = { page, section, score: score(section) }
      if (hit.score > (pages.get(page)?.score ?? 0)) pages.set(page, hit)
    }
    const ranked = [...pages.values()].sort((one, other) => other.score - one.score)
    const least = POOR * (ranked[0]?.score ?? 0)
    return { ranked: ranked.filter(({ score }) => score >= least), least }
  }

  return { prepare, variants, asked, match, scorer, byPage, MATCH, WORTH }
})()
