/* Messages of errors and warnings: what stays of one without the reader's own numbers, shapes, types and names; and
 * which of the messages that the site has stand in what a reader pasted. The search and the field for pasting share it.
 */

const messages = (() => {
  const CLASS = /\b((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Failure|Exit))\b(?:[ \t]*\([^()\n]*\))?[:：][ \t]*/g
  // A message of a page begins with its class; of one that is only listed the class is not known.
  const OF_CLASS = /^(?:\w+\.)*(\w*(?:Error|Exception|Warning)): /
  // What a terminal adds: colours, the rank of a process, time stamps, and bars that show progress.
  const COLOUR = /(?:\x1b|\^\[|\u241b)\[[\d;?]*[A-Za-z]|\x1b\][^\x07]*\x07/g
  const PREFIX = /^[ \t]*(?:(?:\[[\w :./-]{1,40}\]:?|\(\w+ pid=\d+\)|\d+:|[│|>E]|\d{4}-\d\d-\d\d[ T][\d:.,]+)[ \t]*)+/
  // Below each of these a traceback quotes a line of source code, whose words are no message.
  const FRAME = /^\s*File ".*", line \d+/
  const BAR = /^.*(?:\d+%\|.*\||it\/s|s\/it|[█▏▎▍▌▋▊▉━]{2}).*$/
  // What is the reader's own: paths, tensors, addresses, numbers, types, devices and names of nodes.
  const OWN = [
    /(?:\/|\b[a-z]:\\)[^\s'"()]*[\/\\][^\s'"()]*/g,
    /\(triggered internally[^)]*\)/g,
    /\(s\)/g,
    /\[(?:torch\.)?[\w.]*tensor \[[^\]]*\]\]/g,
    /0x[0-9a-f]+/g,
    /\b(?:cuda|cpu|mps|xpu|meta)(?::\d+)?\b/g,
    /\b(?:torch\.)?(?:float|double|half|bfloat|int|long|short|byte|bool|uint|complex\w*)\d*\b/g,
    /\b\w*backward\d+\b/g,
    /(?:aten|torch)::\w+/g,
    /\b_\w+/g,
  ]
  // Of an object that lacks an attribute, the attribute says whether it is about gradients.
  const ATTRIBUTE = /no attribute '(\w+)'/g
  const OF_GRADIENTS = /^(?:abs|add_|clamp_|clone|copy_|cpu|data|detach|div_|flatten|grad|is_sparse|item|max|mean|mul_|norm|numpy|std|sum|view|zero_)$/
  const TRIPLE = 3
  // How much of a message has to be there, or how many words in a row; a message may be cut off, or be longer elsewhere.
  const ENOUGH = 0.7
  const ENOUGH_OF_PART = 0.6
  const LONG_RUN = 5
  // How far its words may be out of place: the reader's shape can have more words than the one on the site.
  const SLACK = 5
  const LONGEST = 40
  const NEAR = 0.35

  /** A text without what a terminal adds to it, and without the code that a traceback quotes. */
  function clean(text) {
    const lines = text.replace(COLOUR, "").split(/\r\n|[\n\r]/)
    const plain = lines.map((line) => (BAR.test(line) ? "" : line.replace(PREFIX, "")))
    return plain.map((line, at) => (at && FRAME.test(plain[at - 1]) && !claimed(line).length ? "" : line)).join("\n")
  }

  /** The words of a text that anybody's message would have. */
  function common(text) {
    const lower = text.toLowerCase().replace(/[’‘`"“”]/g, "'")
    const masked = OWN.reduce((shown, pattern) => shown.replace(pattern, " "), lower)
    return masked.match(/[a-z_][a-z_]*(?:'[a-z]+)?/g) ?? []
  }

  const triples = (tokens) => tokens.slice(TRIPLE - 1).map((_, at) => tokens.slice(at, at + TRIPLE).join(" "))

  /** The texts that begin like a message, each to the end of its line. */
  function claimed(text) {
    return [...text.matchAll(CLASS)].map(({ 0: head, 1: kind, index }) => {
      const said = text.slice(index + head.length).split("\n")
      return { kind, text: said.map((line) => line.trim()).find(Boolean) ?? "", at: index }
    })
  }

  /** Prepare messages, each with the numbers of its addresses, so that many texts can be looked up. */
  function prepare(messages, addresses) {
    return messages.map(([text, ...numbers]) => {
      const [head, kind] = text.match(OF_CLASS) ?? ["", ""]
      const tokens = common(text.slice(head.length)).slice(0, LONGEST)
      return { text, numbers, addresses: numbers.map((number) => addresses[number]), kind, tokens, triples: triples(tokens) }
    })
  }

  /** Find known messages in a text: each with how much of it is there (share), at which words, and how many in a row. */
  function find(text, known) {
    const lines = clean(text)
    const tokens = common(lines)
    const places = new Map()
    triples(tokens).forEach((triple, at) => places.set(triple, [...(places.get(triple) ?? []), at]))
    const all = places.size
    const lacks = [...lines.matchAll(ATTRIBUTE)].map(([, name]) => name)
    return known.flatMap((message) => {
      if (!message.triples.length) return shortMessage(message, lines)
      const best = alignment(message.triples, places)
      if (!best) return []
      const share = best.count / message.triples.length
      // A part of a message is as good as all of it, if there is nothing else.
      const part = all >= 2 ? best.count / all : 0
      const isLikeIt = message.kind !== "AttributeError" || lacks.some((name) => isSameAttribute(message.text, name))
      const isThere = isLikeIt && (share >= ENOUGH || best.run >= LONG_RUN || part >= ENOUGH_OF_PART)
      return [{ message, share: Math.max(share, part), run: best.run, places: best.places, isThere }]
    })
  }

  function isSameAttribute(text, name) {
    const [[, own] = []] = [...text.matchAll(ATTRIBUTE)]
    return name === own || (text.includes("'NoneType'") && OF_GRADIENTS.test(own) && OF_GRADIENTS.test(name))
  }

  /** Messages of one or two words are looked up with their class. */
  function shortMessage(message, lines) {
    const at = lines.indexOf(`${message.kind}: `)
    const isThere = at >= 0 && message.tokens.length > 0 && claimed(lines).some(
      ({ kind, text }) => kind.endsWith(message.kind) && common(text).join(" ") === message.tokens.join(" "),
    )
    return isThere ? [{ message, share: 1, run: message.tokens.length, places: new Set([0]), isThere }] : []
  }

  /** Where most triples of a message stand at about the distances that they have in it. */
  function alignment(sought, places) {
    const offsets = new Map()
    sought.forEach((triple, number) => {
      for (const at of places.get(triple) ?? []) {
        const start = Math.round((at - number) / SLACK)
        for (const near of [start, start + 1]) {
          if (!offsets.has(near)) offsets.set(near, new Map())
          offsets.get(near).set(number, Math.min(at, offsets.get(near).get(number) ?? Infinity))
        }
      }
    })
    let best
    for (const hits of offsets.values()) {
      if (best && hits.size <= best.count) continue
      best = { count: hits.size, run: longestRun([...hits.keys()]), places: new Set(hits.values()) }
    }
    return best
  }

  function longestRun(numbers) {
    numbers.sort((one, other) => one - other)
    let [longest, run] = [1, 1]
    numbers.slice(1).forEach((number, at) => {
      run = number === numbers[at] + 1 ? run + 1 : 1
      longest = Math.max(longest, run)
    })
    return longest
  }

  /** Known messages that share words with a text, the rarer the better. */
  function nearest(text, known, most) {
    const tokens = new Set(common(clean(text)))
    const count = new Map()
    for (const message of known) for (const token of new Set(message.tokens)) count.set(token, (count.get(token) ?? 0) + 1)
    const weight = (token) => Math.log(1 + known.length / (count.get(token) ?? known.length))
    const sum = (some) => some.reduce((all, token) => all + weight(token), 0)
    const asked = sum([...tokens])
    const scored = known.map((message) => {
      const own = [...new Set(message.tokens)]
      const shared = sum(own.filter((token) => tokens.has(token)))
      return { message, score: shared / Math.max(1, Math.sqrt(asked * sum(own))) }
    })
    scored.sort((one, other) => other.score - one.score)
    return scored.filter(({ score }) => score > NEAR).slice(0, most).map(({ message }) => message)
  }

  return { clean, common, claimed, prepare, find, nearest }
})()
