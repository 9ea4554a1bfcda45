/* What answers a query: finds sections by their words and by the messages in it, in an index of which it fetches what it
 * needs by `once` and `read` of worker.js, and shows them as Material does.
 */

const answers = (() => {
  // A text of so many words, none of them Chinese, can be a message, or a part of one.
  const LEAST = 4
  const HAN = /\p{Script=Han}+/u
  const MOST_PAGES = 12
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
    const known = await knownMessages(query, site)
    const [plain, ...others] = await Promise.all(ranking.variants(query, site).map((text) => scored(text, site, known.size > 0)))
    const all = plain.scored.map((hit, at) => {
      const score = Math.max(hit.score, ...others.map((other) => other.scored[at].score))
      return { ...hit, score: score + ranking.WORTH.message * (known.get(hit.section.location) ?? 0) }
    })
    const ranked = ranking.byPage(all).slice(0, MOST_PAGES)
    const texts = await Promise.all(ranked.slice(0, WITH_TEXT).map(([{ at }]) => part("texts", at, site.texts)))
    const pairs = neighbours(query)
    texts.forEach((text, at) => {
      for (const hit of ranked[at].filter(({ at: number }) => number in text)) {
        hit.blocks = text[hit.at]
        hit.score += ranking.WORTH.together * together(pairs, [hit.section.title, ...hit.blocks].join(" "))
      }
      ranked[at].sort((one, other) => other.score - one.score)
    })
    ranked.sort(([one], [other]) => other.score - one.score)
    const units = [plain, ...others].flatMap((one) => one.units)
    const forms = new Set(units.flatMap(({ whole, stems }) => [whole, ...(stems.length > 1 ? [] : stems)]))
    const items = ranked.map((group) => present(group, plain, forms, query))
    const isUnknown = items.length && !known.size && messages.claimed(messages.clean(query)).length > 0
    if (!items.length) return { items, state: "nothing" }
    return isUnknown ? { items: items.slice(0, MOST_NEAREST), state: "nearest" } : { items }
  }

  /** Return the sections about messages that stand in a query, with how sure that is. */
  async function knownMessages(query, site) {
    const sections = new Map()
    if (query.split(HAN).every((piece) => messages.common(piece).length < LEAST)) return sections
    const known = await once("messages", async () => {
      const { messages: listed, sections: numbers } = await read("messages.json")
      return messages.prepare(listed, numbers.map((number) => site.sections[number].location))
    })
    const found = messages.find(query, known).filter(({ isThere }) => isThere)
    const most = Math.max(...found.map(({ share }) => share))
    const longest = Math.max(...found.map(({ run }) => run))
    for (const { message, share, run } of found) {
      const isMeant = share / most - PART * (1 - run / longest)
      messages.inOrder(message.addresses).forEach((location, number) => {
        const sure = isMeant - number / 100 - (location.startsWith("reference/errors/") ? 0 : 0.2)
        sections.set(location, Math.max(sure, sections.get(location) ?? 0))
      })
    }
    return sections
  }

  /** Score all sections for a query. */
  async function scored(query, site, isKnown) {
    const units = ranking.asked(query, site, isKnown)
    const places = await Promise.all(units.map((unit) => lookUp(unit, site, isKnown)))
    return { units, places, scored: ranking.score(units, places, site) }
  }

  /** Return in which sections a word is, with how often. One that is nowhere is taken for a misspelt one, but not beside a
   * message that the site has: there it is a name of the reader's own.
   */
  async function lookUp(unit, site, isKnown) {
    const shelf = await part("words", unit.whole, site.shelves)
    const places = new Map()
    const add = (word, worth) => {
      let number = 0
      const steps = shelf[word]
      for (let at = 0; at < steps.length; at += 2) {
        number += steps[at]
        places.set(number, Math.max(places.get(number) ?? 0, steps[at + 1] * worth))
      }
    }
    for (const word in shelf) {
      const worth = likeness(unit, word)
      if (worth) add(word, worth)
    }
    if (places.size || isKnown || words.isHan(unit.whole)) return places
    if (unit.stems.length > 1) return inAll(words.parts(unit.word), site)
    const other = ranking.match(unit, site.named) ? undefined : nearest(unit.whole, shelf, site)
    if (!other) return places
    const [whole, ...stems] = words.forms(other)
    Object.assign(unit, { whole, stems, isCorrected: true })
    return lookUp(unit, site)
  }

  function likeness({ whole, stems, isLast }, word) {
    if (word === whole) return 1
    if (words.isHan(word)) return 0
    if (stems.length === 1 && word[0] === whole[0] && !word.includes("_") && `~${stemmer(word)}` === stems[0]) return 0.9
    return isLast && whole.length > 2 && word.startsWith(whole) ? 0.5 : 0
  }

  /** Read the one of several files in order that has something, by what each of them begins with. */
  function part(folder, sought, begins) {
    let [from, to] = [0, begins.length - 1]
    while (from < to) {
      const middle = Math.ceil((from + to) / 2)
      if (begins[middle] <= sought) from = middle
      else to = middle - 1
    }
    return read(`${folder}/${from}.json`)
  }

  /** The sections that have all parts of a name. */
  async function inAll(parts, site) {
    const found = await Promise.all(parts.map((part) => lookUp({ whole: part, stems: [], word: part }, site)))
    const [first, ...others] = found
    return new Map([...(first ?? [])].filter(([number]) => others.every((other) => other.has(number))))
  }

  function nearest(word, shelf, site) {
    const most = word.length > 6 ? 2 : word.length > 3 ? 1 : 0
    let best
    for (const other of new Set([...Object.keys(shelf), ...site.named])) {
      if (Math.abs(other.length - word.length) > most || other[0] === "~" || words.isHan(other)) continue
      const distance = words.distance(word, other)
      const count = shelf[other]?.length ?? 1
      if (distance <= most && (!best || distance < best.distance || (distance === best.distance && count > best.count))) {
        best = { other, distance, count }
      }
    }
    return best?.other
  }

  /** Return the hits of a page as Material shows them: the page itself among them, what is shown with one score. */
  function present(group, { units, places }, forms, query) {
    const [{ score, section: first }] = group
    const items = group.map((hit, number) => {
      // The page itself is always shown; what opens with Enter is what has the highest score.
      const isShown = number <= MOST_SHOWN && hit.score > NEARLY * score && hit.section.location.includes("#")
      return { ...presentOne(hit, units, places, forms, query), score: isShown ? score : hit.score }
    })
    const path = first.location.split("#")[0]
    if (items.every(({ location }) => location !== path)) {
      items.push({ location: path, title: escaped(first.pageTitle), text: "", score: 0, terms: {} })
    }
    return items
  }

  function presentOne({ section, at, blocks = [] }, units, places, forms, query) {
    const marked = new Set()
    const mark = (text) => highlight(text, forms, marked)
    const title = mark(section.title)
    const text = excerpt(blocks, forms, mark)
    const isThere = (unit, number) => unit.isCorrected || places[number].has(at) || ranking.match(unit, section.both.keys)
    const missing = units.length < 6 ? units.filter((unit, number) => !words.isHan(unit.whole) && !isThere(unit, number)) : []
    if (!marked.size) words.of(query).forEach((word) => marked.add(word))
    const terms = [...missing.map(({ word }) => [word, false]), ...[...marked].map((word) => [word, true])]
    return { location: section.location, title, text, terms: Object.fromEntries(terms) }
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
