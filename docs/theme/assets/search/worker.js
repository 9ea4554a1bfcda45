/* The search of one language: answers the messages of Material's search box, and finds with MiniSearch.
 *
 * Material's own worker was measured first and left, because there every word also finds all that begins with it, so
 * that a pasted message finds everything; quotes, colons and minus signs of a message are operators; a plural finds
 * nothing; and of a Chinese query it can lose the last word.
 */

const Message = { SETUP: 0, READY: 1, QUERY: 2, RESULT: 3 }

// On file:// a script in an iframe stands in for the worker.
const HERE = self.document?.currentScript?.src ?? self.location.href

const WORD = /\p{sc=Han}+|(?:(?!\p{sc=Han})[\p{L}\p{N}_])+/gu
const HAN = /^\p{sc=Han}/u
// Where the message of a pasted traceback begins.
const MESSAGE = /(?=\b[A-Z]\w*(?:Error|Exception|Warning): )/
const COMMON = new Set(
  (
    "a an and are as at be been but by can do does for from has have how i in is it its of on or that the this to " +
    "was we what when which why will with you"
  ).split(" "),
)
const IRREGULAR = { indices: "index", matrices: "matrix", vertices: "vertex" }
const COMMON_HAN = /[的了是在和与吗呢么把被]/

const FIELDS = { title: 1.5, summary: 2, page: 1, text: 1 }
// What a match is worth. An identifier is meant as it stands; of a word, plural and singular are worth nearly the same.
const WEIGHT = { identifier: 1, word: 0.4, stem: 0.7, prefix: 0.5, fuzzy: 0.3 }
// What words side by side add at most, and all of the query side by side; and an early place in the reading order, as
// one word alone is on many pages.
const BONUS = { together: 2, whole: 4, early: 4 }
// Results below this part of the best one are left out.
const WEAK = 0.1
const EXCERPT = 180

let finder // a promise of the function that finds

addEventListener("message", async ({ data: { type, data } }) => {
  if (type === Message.SETUP) {
    // Only the site for reading offline brings its sections along; otherwise the first query fetches them.
    if (data.docs.length) finder = prepare(data.docs)
    postMessage({ type: Message.READY })
  } else if (type === Message.QUERY) {
    postMessage({ type: Message.RESULT, data: { items: data.trim() ? await answer(data) : [] } })
  }
})

async function answer(query) {
  finder ??= fetchSections().then(prepare)
  try {
    return (await finder)(query)
  } catch (error) {
    finder = undefined
    console.error(error)
    return []
  }
}

async function fetchSections() {
  const response = await fetch(new URL("../../search/sections.json", HERE))
  return response.json()
}

/** Return the function that finds pages in these sections. */
async function prepare(sections) {
  await importScripts(new URL("library.js", HERE).href)
  const index = new searchLibrary.MiniSearch({
    idField: "location",
    fields: Object.keys(FIELDS),
    extractField: (section, field) => (field === "text" ? section.blocks?.join("\n") : section[field]),
    tokenize: (text) => wordsOf(text).flatMap(forms),
    processTerm: (term) => term,
    searchOptions: { boost: FIELDS, tokenize: (term) => [term] },
  })
  const byLocation = new Map()
  const articles = new Map()
  sections.forEach((section, number) => {
    const path = section.location.split("#")[0]
    if (!articles.has(path)) articles.set(path, section)
    const article = articles.get(path)
    const plain = plainText([section.title, ...section.blocks].join(" "))
    const known = { ...section, article, page: article.title, plain, place: number / sections.length }
    byLocation.set(section.location, known)
    index.add(known)
  })

  return (query) => {
    const message = query.split(MESSAGE).at(-1)
    const asked = wordsThatMatter(message)
    const hits = rank(collect(asked, index), neighbours(message), byLocation)
    return byPage(hits.map((hit) => present(hit, asked)))
  }
}

/** Look up each word by itself, and add up for each section what was found in it. */
function collect(asked, index) {
  const hits = new Map()
  let most = 0
  asked.forEach((word, number) => {
    const results = lookUp(word, index, number === asked.length - 1)
    const weight = results[0]?.score ?? 0
    most += weight
    for (const { id, score, terms } of results) {
      const hit = hits.get(id) ?? { location: id, score: 0, weight: 0, words: new Set(), terms: new Set() }
      hit.score += score
      hit.weight += weight
      hit.words.add(word)
      terms.forEach((term) => hit.terms.add(term))
      hits.set(id, hit)
    }
  })
  return [...hits.values()].map((hit) => ({ ...hit, share: hit.weight / most }))
}

/** Find a word as it stands or inflected, or else misspelt; one that is still being typed, by its beginning. */
function lookUp(word, index, isLast) {
  if (HAN.test(word)) return index.search(word, { prefix: word.length === 1 })
  const [whole, ...stems] = forms(word)
  const weight = stems.length > 1 ? WEIGHT.identifier : WEIGHT.word
  const exact = { queries: [whole], prefix: isLast || word.length > 3, weights: WEIGHT, boostTerm: () => weight }
  const inflected = { queries: stems, combineWith: "AND", boostTerm: () => WEIGHT.stem }
  const hits = index.search({ combineWith: "OR", queries: stems.length ? [exact, inflected] : [exact] })
  if (hits.length || word.length < 4) return hits
  return index.search({ combineWith: "OR", queries: [whole, ...stems] }, { fuzzy: 0.25, boostTerm: () => WEIGHT.fuzzy })
}

function rank(hits, pairs, byLocation) {
  const ranked = hits.map((hit) => {
    const section = byLocation.get(hit.location)
    const together = pairs.filter((pair) => section.plain.includes(pair)).length / Math.max(1, pairs.length)
    const phrase = together < 1 ? BONUS.together * together : BONUS.whole
    const early = (1 - section.place) ** 2 / (1 + pairs.length)
    const bonus = (1 + phrase) * (1 + BONUS.early * early)
    return { ...hit, section, score: hit.score * hit.share ** 2 * bonus }
  })
  ranked.sort((one, other) => other.score - one.score)
  return ranked.filter((hit) => hit.score > WEAK * ranked[0].score)
}

/** Return a hit as Material shows it, with the words found marked, and those not found named if they are few. */
function present({ section, score, words, terms }, asked) {
  const marked = new Set()
  const mark = (text) => highlight(text, terms, marked)
  const title = mark(section.title)
  const text = excerpt(section.blocks, terms, mark)
  const missing = asked.length < 6 ? asked.filter((word) => !words.has(word)) : []
  const found = [...marked].map((word) => [word, true])
  const shown = Object.fromEntries([...missing.map((word) => [word, false]), ...found])
  return { location: section.location, article: section.article, title, text, score, terms: shown }
}

/** Group sections by page; Material wants the page itself in each group. */
function byPage(items) {
  const groups = new Map()
  for (const { article, ...item } of items) {
    const group = groups.get(article) ?? []
    groups.set(article, [...group, item])
  }
  for (const [{ location, title }, group] of groups) {
    if (group.every((item) => item.location !== location)) {
      group.push({ location, title: escaped(title), text: "", score: 0, terms: {} })
    }
  }
  return [...groups.values()]
}

/** The forms under which a word is filed: as it stands, and the stem of each of its parts, marked by "~". */
function forms(word) {
  if (HAN.test(word)) return pairsOf(word)
  const whole = word.normalize("NFKC").toLowerCase()
  const parts = word.replace(/(\p{Ll})(?=\p{Lu})/gu, "$1_").toLowerCase().split("_")
  const stems = parts.map((part) => part.replace(/\d+$/, "")).filter((part) => part.length > 1)
  return [whole, ...new Set(stems.map((part) => `~${searchLibrary.stemmer(IRREGULAR[part] ?? part)}`))]
}

/** The words of a query that say something: none twice, and common ones only where there are no others. */
function wordsThatMatter(query) {
  const all = wordsOf(query).flatMap((word) => (HAN.test(word) && word.length > 1 ? pairsOf(word).slice(0, -1) : word))
  const rare = all.filter((word) => (HAN.test(word) ? !COMMON_HAN.test(word) : !COMMON.has(word.toLowerCase())))
  return [...new Set(rare.length ? rare : all)]
}

/** What stands side by side in a query: it tells a message from the same words in any order. */
function neighbours(query) {
  const words = plainText(query).trim().split(" ")
  return words.slice(1).map((word, number) => ` ${words[number]} ${word} `)
}

/** Return a text as HTML with what was found marked, and note what was marked. */
function highlight(text, terms, marked) {
  let html = ""
  let end = 0
  for (const { 0: word, index: start } of text.matchAll(WORD)) {
    for (const [from, to] of rangesFound(word, terms)) {
      html += `${escaped(text.slice(end, start + from))}<mark>${escaped(word.slice(from, to))}</mark>`
      marked.add(word.slice(from, to))
      end = start + to
    }
  }
  return html + escaped(text.slice(end))
}

/** Which parts of a word were found: of a Latin word all or nothing, of a Chinese run its pairs, joined. */
function rangesFound(word, terms) {
  if (!HAN.test(word)) return forms(word).some((form) => terms.has(form)) ? [[0, word.length]] : []
  const ranges = []
  pairsOf(word).forEach((pair, from) => {
    if (!terms.has(pair)) return
    const last = ranges.at(-1)
    if (last && from <= last[1]) last[1] = from + pair.length
    else ranges.push([from, from + pair.length])
  })
  return ranges
}

/** Return the block in which most of the forms were found, cut to size around the first of them. */
function excerpt(blocks, terms, mark) {
  const isFound = (form) => terms.has(form)
  const count = (block) => new Set(wordsOf(block).flatMap(forms).filter(isFound)).size
  const [best] = blocks.map((block) => [count(block), block]).sort(([one], [other]) => other - one)
  if (!best) return ""
  const text = best[1]
  const first = [...text.matchAll(WORD)].find(({ 0: word }) => forms(word).some(isFound))?.index ?? 0
  const start = Math.max(0, Math.min(first - EXCERPT / 3, text.length - EXCERPT))
  const before = start > 0 ? "…" : ""
  const after = start + EXCERPT < text.length ? "…" : ""
  return `<p>${before}${mark(text.slice(start, start + EXCERPT))}${after}</p>`
}

const wordsOf = (text) => text.match(WORD) ?? []
const pairsOf = (run) => [...run].map((_, at, characters) => characters.slice(at, at + 2).join(""))
const plainText = (text) => ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ")} `
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
