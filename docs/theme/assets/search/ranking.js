/* Ranking: which sections answer a query, by their headings and by what else people call them, and by their texts. */

const ranking = (() => {
  // What a match is worth: of a word as it stands, inflected, or as the beginning of one that is still being typed.
  const MATCH = { whole: 1, stem: 0.9, prefix: 0.6 }
  // What is worth how much: a name of the section that says what the query says, one of its page, heading and title
  // together, the text, words side by side in it, and a message that the section is about.
  const WORTH = { name: 2, page: 0.8, heading: 0.8, text: 1.2, together: 0.6, message: 4 }
  // What a common word counts in a heading: one that has only a word of the query beside them says little.
  const COMMON_IN_NAME = 0.3
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

  /** Prepare the headings of a site. */
  function prepare(index) {
    const common = new Set(index.common.filter((word) => !words.isHan(word)))
    const commonHan = index.common.filter(words.isHan).sort((one, other) => other.length - one.length)
    const isCommon = (word) => common.has(word.toLowerCase())
    const withoutCommonHan = (text) => commonHan.reduce((rest, phrase) => rest.replaceAll(phrase, " "), text)

    /** A heading as a set of forms, and how many words that say something it has. */
    function name(text) {
      const all = words.of(withoutCommonHan(text))
      const keys = all.filter((word) => !isCommon(word)).map(words.forms)
      const commonOnes = all.length - keys.length + (text.length - withoutCommonHan(text).length > 0 ? 1 : 0)
      const size = keys.reduce((sum, forms) => sum + sizeOf(forms), COMMON_IN_NAME * commonOnes)
      return { keys: new Set(keys.flat()), size }
    }

    const sections = []
    index.pages.forEach((page, number) => {
      const [, title, ...typed] = page.sections[0]
      const pageNames = [title, ...typed].map(name)
      page.sections.forEach(([anchor, heading, ...others]) => {
        const location = page.path + (anchor && `#${anchor}`)
        const names = [heading, ...others].map(name)
        const both = { keys: new Set([...names, pageNames[0]].flatMap(({ keys }) => [...keys])) }
        const isLast = index.last.some((start) => location.startsWith(start))
        const length = index.lengths[sections.length]
        sections.push({ location, title: heading, page: number, pageTitle: title, names, pageNames, both, length, isLast })
      })
    })
    const named = new Set(sections.flatMap(({ names }) => names.flatMap(({ keys }) => [...keys])))
    const average = sections.reduce((sum, { length }) => sum + length, 0) / Math.max(1, sections.length)
    return { sections, named, average, same: index.same, isCommon, withoutCommonHan }
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

  /** How well a word is matched by a set of forms. */
  function match({ whole, stems, isLast }, keys) {
    if (keys.has(whole)) return MATCH.whole
    if (stems.length && stems.every((stem) => keys.has(stem))) return MATCH.stem
    if (isLast && whole.length > 1 && !words.isHan(whole)) for (const key of keys) if (key.startsWith(whole)) return MATCH.prefix
    return 0
  }

  /** Score all sections for the words of a query. `places` has for each word the sections whose text has it. */
  function score(units, places, site) {
    const { sections, average } = site
    const weights = units.map((unit, number) => {
      const inNames = sections.filter(({ names, both }) => match(unit, both.keys) && names.some(({ keys }) => match(unit, keys)))
      const many = new Set([...places[number].keys(), ...inNames.map(({ location }) => location)]).size
      return many ? Math.log(1 + sections.length / many) : 0
    })
    const known = weights.filter(Boolean)
    if (!known.length) return sections.map((section, at) => ({ section, at, score: 0 }))
    const sum = known.reduce((sum, weight) => sum + weight, 0)
    const total = sum + UNKNOWN * (weights.length - known.length) * (sum / known.length)

    const recalled = ({ keys }) => units.reduce((sum, unit, number) => sum + weights[number] * match(unit, keys), 0) / total
    const named = (name) => {
      const recall = recalled(name)
      if (!recall) return 0
      const matched = units.filter((unit) => match(unit, name.keys))
      const said = matched.reduce((sum, { whole, stems }) => sum + sizeOf([whole, ...stems]), 0)
      const precision = Math.min(1, said / Math.max(1, name.size))
      return recall * (0.4 + 0.6 * precision) + (Math.min(recall, precision) > 0.99 ? EXACT : 0)
    }
    const best = (names) => Math.max(0, ...names.map(named))
    const byPage = new Map()

    return sections.map((section, at) => {
      const { page, names, pageNames, both, length, isLast } = section
      if (!byPage.has(page)) byPage.set(page, best(pageNames))
      const text = units.reduce((sum, _, number) => {
        const count = places[number].get(at) ?? 0
        return sum + (weights[number] * count) / (count + 0.3 + (0.7 * length) / average)
      }, 0)
      const heading = recalled(both)
      const name = heading ? best(names) : 0
      const parts =
        WORTH.name * name + WORTH.page * byPage.get(page) + WORTH.heading * heading + (WORTH.text * text) / total
      const early = 1 + EARLY * (1 - at / sections.length)
      return { section, at, score: parts * early * (isLast ? LAST : 1) }
    })
  }

  /** Order scored sections by page, best page first; of each page what is nearly as good as its best section is shown. */
  function byPage(scored) {
    const ranked = scored.filter(({ score }) => score > 0).sort((one, other) => other.score - one.score)
    const limit = POOR * (ranked[0]?.score ?? 0)
    const pages = new Map()
    for (const hit of ranked) {
      if (hit.score < limit) break
      const page = hit.section.page
      pages.set(page, [...(pages.get(page) ?? []), hit])
    }
    return [...pages.values()]
  }

  return { prepare, variants, asked, match, score, byPage, WORTH }
})()
