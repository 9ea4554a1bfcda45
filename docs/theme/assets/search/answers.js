/* What answers a query: finds sections by their words and by the messages in it, in an index of which it fetches what it
 * needs by `once` and `read` of worker.js, and shows them as Material does.
 */

const answers = (() => {
  // A text of so many words, none of them Chinese, can be a message, or a part of one.
  const LEAST = 4
  const HAN = /\p{Script=Han}+/u
  const MOST_PAGES = 10
  const MOST_NEAREST = 3
  // Of so many pages the texts are fetched, for excerpts and to see which words stand side by side.
  const WITH_TEXT = 4
  // Of a page, sections that are nearly as good as its best one are shown, too; others are folded.
  const NEARLY = 0.8
  const MOST_SHOWN = 2
  const EXCERPT = 180
  // Of two messages that are there, one may be a part of the other: the one with more words in a row is meant.
  const PART = 0.2

  /** Return the pages found, as Material shows them; where the query has a message that no page has, what is nearest. */
  async function find(query, site) {
    const known = await knownMessages(query)
    const asked = await Promise.all(ranking.variants(query, site).map((text) => lookUpAll(text, site, known.size > 0)))
    const scorers = asked.map(({ units, found }) => ranking.scorer(units, found, site))
    const score = (section) =>
      Math.max(...scorers.map((score) => score(section))) + ranking.WORTH.message * (known.get(section) ?? 0)
    const everywhere = asked.flatMap(({ found }) => found.flatMap(({ texts, names }) => [...texts.keys(), ...names.keys()]))
    const { ranked, least } = ranking.byPage(new Set([...everywhere, ...known.keys()]), score, site)
    const pairs = neighbours(query)
    const groups = await Promise.all(ranked.slice(0, MOST_PAGES).map(async ({ page, section }, rank) => {
      const text = rank < WITH_TEXT ? read(`texts/${Math.floor(section / site.texts)}.json`) : {}
      const hits = (await hitsOf(page, site)).map((hit) => ({ ...hit, score: score(hit.section) }))
      const shown = hits.filter(({ score }) => score >= least)
      for (const hit of shown) {
        hit.blocks = (await text)[hit.section]
        if (hit.blocks) hit.score += ranking.WORTH.together * together(pairs, [hit.title, ...hit.blocks].join(" "))
      }
      return shown.sort((one, other) => other.score - one.score)
    }))
    groups.sort(([one], [other]) => other.score - one.score)
    const units = asked.flatMap((one) => one.units)
    const forms = new Set(units.flatMap(({ whole, stems }) => [whole, ...(stems.length > 1 ? [] : stems)]))
    const items = groups.map((group) => present(group, asked[0], forms, query))
    const isUnknown = items.length && !known.size && messages.claimed(messages.clean(query)).length > 0
    if (!items.length) return { items, state: "nothing" }
    return isUnknown ? { items: items.slice(0, MOST_NEAREST), state: "nearest" } : { items }
  }

  /** Return the sections of a page. */
  async function hitsOf(number, { stride }) {
    const { path, sections } = await read(`pages/${number}.json`)
    const [[, pageTitle]] = sections
    const first = number * stride
    return sections.map(([anchor, title], at) => {
      return { section: first + at, first, location: path + (anchor && `#${anchor}`), title, pageTitle }
    })
  }

  /** Return the sections about messages that stand in a query, with how sure that is. */
  async function knownMessages(query) {
    const sections = new Map()
    if (query.split(HAN).every((piece) => messages.common(piece).length < LEAST)) return sections
    const known = await once("messages", async () => {
      const { messages: listed, sections: numbers, gallery } = await read("messages.json")
      return messages.prepare(listed, numbers.map((section, number) => ({ section, isGallery: number < gallery })))
    })
    const found = messages.find(query, known).filter(({ isThere }) => isThere)
    const most = Math.max(...found.map(({ share }) => share))
    const longest = Math.max(...found.map(({ run }) => run))
    for (const { message, share, run } of found) {
      const isMeant = share / most - PART * (1 - run / longest)
      message.addresses.forEach(({ section, isGallery }, number) => {
        const sure = isMeant - number / 100 - (isGallery ? 0 : 0.2)
        sections.set(section, Math.max(sure, sections.get(section) ?? 0))
      })
    }
    return sections
  }

  /** Look up the words of a query. */
  async function lookUpAll(query, site, isKnown) {
    const units = ranking.asked(query, site, isKnown)
    return { units, found: await Promise.all(units.map((unit) => lookUp(unit, site, isKnown))) }
  }

  /** Return the places of a word. One that is nowhere is taken for a misspelt one, but not beside a message that the site
   * has: there it is a name of the reader's own.
   */
  async function lookUp(unit, site, isKnown) {
    const shelf = await wordsLike(unit, site)
    const places = placesIn(shelf, unit)
    if (places.many || isKnown || words.isHan(unit.whole)) return places
    if (unit.stems.length > 1) return inAll(words.parts(unit.word), site)
    const other = await nearest(unit.whole, shelf)
    if (!other) return places
    const [whole, ...stems] = words.forms(other)
    Object.assign(unit, { whole, stems, isCorrected: true })
    return lookUp(unit, site)
  }

  /** Return where a word and others like it are: the sections with what it counts in their texts, and with the names that
   * have it, each with its size; and in how many sections it is.
   */
  function placesIn(shelf, unit) {
    const [texts, names] = [new Map(), new Map()]
    let many = 0
    for (const word in shelf) {
      const worth = ranking.match(unit, word)
      if (!worth) continue
      const [inTexts, inNames, all = 0] = shelf[word]
      many = Math.max(many, all)
      for (const [section, counts] of steps(inTexts, 2)) {
        texts.set(section, Math.max(texts.get(section) ?? 0, (worth * counts) / 100))
      }
      for (const [section, which, tenths] of steps(inNames, 3)) {
        if (!names.has(section)) names.set(section, {})
        const name = names.get(section)
        const here = tenths < 0 ? Math.min(worth, ranking.MATCH.stem) : worth
        if (!(name[which]?.worth >= here)) name[which] = { worth: here, size: Math.abs(tenths) / 10 }
      }
    }
    return { texts, names, many: Math.max(many, new Set([...texts.keys(), ...names.keys()]).size) }
  }

  /** Read places, each of which begins with how far its section is from the one before. */
  function* steps(row, length) {
    let section = 0
    for (let at = 0; at < row.length; at += length) {
      section += row[at]
      yield [section, ...row.slice(at + 1, at + length)]
    }
  }

  /** The words of the file that has a word, and of those beside it, as far as forms of the word may stand there. */
  async function wordsLike({ whole, stems }, site) {
    // The stem of "making" is "make", that of "copy" is "copi".
    const start = stems.length === 1 ? stems[0].slice(1).replace(/[ei]$/, "") : whole
    const [first, own, last] = await Promise.all([start, whole, `${start}\uffff`].map((word) => shelfOf(word, site)))
    // The stem of "stability", "stabl", is behind it.
    const near = [own - 1, own, own + 1].filter((at) => at === own || (first <= at && at <= last))
    return Object.assign({}, ...(await Promise.all(near.map((at) => read(`words/${at}.json`)))))
  }

  /** Which file has a word. */
  async function shelfOf(word, { starts, shelves }) {
    const part = lastUpTo(word, starts)
    return part * shelves + lastUpTo(word, await read(`starts/${part}.json`))
  }

  /** Which of several words in order is the last one that is not beyond a word. */
  const lastUpTo = (word, sorted) => Math.max(0, sorted.findLastIndex((other) => other <= word))

  /** The sections that have all parts of a name in code. */
  async function inAll(parts, site) {
    const found = await Promise.all(parts.map((part) => {
      const [whole, ...stems] = words.forms(part)
      return lookUp({ whole, stems, word: part }, site)
    }))
    const [first, ...others] = found
    const common = (kind) => new Map([...first[kind]].filter(([section]) => others.every((other) => other[kind].has(section))))
    const [texts, names] = [common("texts"), common("names")]
    return { texts, names, many: new Set([...texts.keys(), ...names.keys()]).size }
  }

  /** The word that a misspelt one most likely stands for: one that begins like it, or that is in many names. */
  async function nearest(word, shelf) {
    const most = word.length > 6 ? 2 : word.length > 3 ? 1 : 0
    if (!most) return undefined
    let best
    for (const other of new Set([...Object.keys(shelf), ...(await read("spelling.json"))])) {
      if (Math.abs(other.length - word.length) > most || words.isHan(other)) continue
      const distance = words.distance(word, other)
      const count = shelf[other]?.flat().length ?? 1
      if (distance <= most && (!best || distance < best.distance || (distance === best.distance && count > best.count))) {
        best = { other, distance, count }
      }
    }
    return best?.other
  }

  /** Return the hits of a page as Material shows them: the page itself among them, what is shown with one score. */
  function present(group, asked, forms, query) {
    const [{ score, location: best, pageTitle }] = group
    const items = group.map((hit, number) => {
      // The page itself is always shown; what opens with Enter is what has the highest score.
      const isShown = number <= MOST_SHOWN && hit.score > NEARLY * score && hit.location.includes("#")
      return { ...presentOne(hit, asked, forms, query), score: isShown ? score : hit.score }
    })
    const path = best.split("#")[0]
    if (items.every(({ location }) => location !== path)) {
      items.push({ location: path, title: escaped(pageTitle), text: "", score: 0, terms: {} })
    }
    return items
  }

  function presentOne({ section, first, location, title: heading, blocks = [] }, { units, found }, forms, query) {
    const marked = new Set()
    const mark = (text) => highlight(text, forms, marked)
    const title = mark(heading)
    const text = excerpt(blocks, forms, mark)
    const isIn = ({ texts, names }) => texts.has(section) || names.has(section) || names.get(first)?.[0]
    const isThere = (unit, number) => words.isHan(unit.whole) || unit.isCorrected || isIn(found[number])
    const missing = units.length < 6 ? units.filter((unit, number) => !isThere(unit, number)) : []
    if (!marked.size) words.of(query).forEach((word) => marked.add(word))
    const terms = [...missing.map(({ word }) => [word, false]), ...[...marked].map((word) => [word, true])]
    return { location, title, text, terms: Object.fromEntries(terms) }
  }

  /** What stands side by side in a query: it tells a phrase from the same words in any order. */
  function neighbours(query) {
    const said = plainText(query).trim().split(" ")
    return said.slice(1).map((word, number) => ` ${said[number]} ${word} `)
  }

  function together(pairs, text) {
    const plain = plainText(text)
    return pairs.filter((pair) => plain.includes(pair)).length / Math.max(1, pairs.length)
  }

  /** Return a text as HTML with what was found marked, and note what was marked. */
  function highlight(text, forms, marked) {
    let html = ""
    let end = 0
    for (const [word, start] of words.at(text)) {
      for (const [from, to] of rangesFound(word, forms)) {
        html += `${escaped(text.slice(end, start + from))}<mark>${escaped(word.slice(from, to))}</mark>`
        marked.add(word.slice(from, to))
        end = start + to
      }
    }
    return html + escaped(text.slice(end))
  }

  /** Which parts of a word were found: of a Latin word all or nothing, of a Chinese run its pairs, joined. */
  function rangesFound(word, forms) {
    if (!words.isHan(word)) return words.forms(word).some((form) => forms.has(form)) ? [[0, word.length]] : []
    const ranges = []
    words.pairs(word).forEach((pair, from) => {
      if (!forms.has(pair)) return
      const last = ranges.at(-1)
      if (last && from <= last[1]) last[1] = from + pair.length
      else ranges.push([from, from + pair.length])
    })
    return ranges
  }

  /** Return the block in which most of the forms were found, cut to size around the first of them. */
  function excerpt(blocks, forms, mark) {
    const isFound = (form) => forms.has(form)
    const count = (block) => new Set(words.of(block).flatMap(words.forms).filter(isFound)).size
    const [best] = blocks.map((block) => [count(block), block]).sort(([one], [other]) => other - one)
    if (!best) return ""
    const text = best[1]
    const first = words.at(text).find(([word]) => words.forms(word).some(isFound))?.[1] ?? 0
    const start = Math.max(0, Math.min(first - EXCERPT / 3, text.length - EXCERPT))
    const before = start > 0 ? "…" : ""
    const after = start + EXCERPT < text.length ? "…" : ""
    return `<p>${before}${mark(text.slice(start, start + EXCERPT))}${after}</p>`
  }

  const plainText = (text) => ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ")} `
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")

  return { find }
})()
