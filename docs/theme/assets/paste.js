/* The field for pasting an error: finds the messages that the site knows in what a reader pasted, and shows where they
 * come from and what mends them. Nothing that is pasted leaves the page.
 */

const paste = (() => {
  const ROOT = new URL(".", document.querySelector(".md-logo").href)
  const GALLERY = "reference/errors/"
  const SAYS = {
    en: {
      label: "Paste your error",
      hint: "All of it, as it stands in the terminal or the notebook. It stays on your device.",
      example: "RuntimeError: …",
      clear: "Clear",
      one: "One message found.",
      several: (number) => `${number} messages found, in the order in which they were printed. The first one is most often the cause.`,
      causes: "This message has several causes. Which one is yours?",
      question: (number, all) => `Question ${number} of ${all}`,
      yes: "Yes",
      no: "No",
      end: "None of these questions was answered with yes.",
      all: "All questions",
      also: "It is also explained here:",
      more: "The mistake and the fix",
      listed: "PyTorch's message, which has no entry here:",
      unknown: "No page has this message:",
      besides: "On no page:",
      nearest: "Nearest to it, by their words:",
      report: "Report it, so that it gets an entry",
      none: "There is no message of an error or a warning in this text. A message looks like this:",
      failed: "The list of messages could not be loaded. Change the text to try again.",
    },
    zh: {
      label: "粘贴报错",
      hint: "把终端或笔记本里的输出整段粘贴进来即可。内容只留在本机上。",
      example: "RuntimeError: …",
      clear: "清空",
      one: "找到一条报错。",
      several: (number) => `找到 ${number} 条报错，按输出的先后排列。起因往往是第一条。`,
      causes: "这条报错有几种原因，回答几个问题就能找到你的那一种。",
      question: (number, all) => `第 ${number} 问，共 ${all} 问`,
      yes: "是",
      no: "否",
      end: "所有问题的回答都是「否」。",
      all: "全部问题",
      also: "另见：",
      more: "错在哪里，怎么改",
      listed: "这是 PyTorch 的报错，本站没有专门讲解：",
      unknown: "没有页面收录这条报错：",
      besides: "没有收录：",
      nearest: "用词与它最接近的是：",
      report: "报告这条报错，请我们补上",
      none: "这段文字里没有报错或警告。报错的样子是：",
      failed: "报错列表未能加载。改动一下文字即可重试。",
    },
  }[document.documentElement.lang]
  const PAUSE = 150
  const MOST_NEAREST = 3
  // What a process says on its way out, or a library of itself: rarely what a reader asks about.
  const NOISE =
    /^(?:ChildFailedError|ProcessRaisedException|SystemExit|KeyboardInterrupt|\w*DeprecationWarning|FutureWarning|ResourceWarning):|resource_tracker|returned a result with an exception set/
  // Of two messages that have so much of their words in the same place, one is a part of the other.
  const SHARED = 0.3

  let data, listed

  /** What the site knows: fetched once, or on file:// brought along by the search. */
  async function load() {
    const [known, entries] = await Promise.all(["messages.json", "entries.json"].map(read))
    return { ...entries, messages: prepared(known, entries) }
  }

  /** The messages that need no entry, with what says why: fetched when a text holds none of the others. */
  async function loadListed() {
    const others = await read("others.json")
    return { entries: others.entries, messages: prepared(others, others) }
  }

  function prepared({ messages: listed }, { entries }) {
    return messages.prepare(listed, entries.map(({ address }) => address))
  }

  /** Find the first message of a text that needs no entry, and why it needs none. */
  function excused(text, others) {
    const [best] = messages.find(text, others.messages).filter(({ isThere }) => isThere).sort((one, other) => other.share - one.share)
    if (!best) return undefined
    const [number] = best.message.numbers
    return { text: best.message.text, ...others.entries[number] }
  }

  async function read(name) {
    if (location.protocol === "file:") return (await brought())[name]
    const response = await fetch(new URL(`search/${name}`, ROOT))
    if (!response.ok) throw new Error(`${name}: ${response.status}`)
    return response.json()
  }

  async function brought() {
    while (!window.__index) await new Promise((resolve) => setTimeout(resolve, 50))
    return window.__index.docs[0]
  }

  /** Find in a text what the site knows, in order, and what looks like a message and is on no page. */
  function diagnose(text, site) {
    const seen = messages.find(text, site.messages).filter(({ isThere }) => isThere)
    seen.sort((one, other) => other.share - one.share || other.run - one.run)
    const found = []
    for (const hit of seen) {
      const isSame = ({ places }) => [...hit.places].filter((at) => places.has(at)).length > SHARED * hit.places.size
      const same = found.find((one) => isSame(one) || one.message.tokens.join(" ") === hit.message.tokens.join(" "))
      if (!same) found.push({ ...hit, addresses: hit.message.addresses })
      else if (hit.share > same.share - 0.05) same.addresses = [...new Set([...same.addresses, ...hit.message.addresses])]
    }
    found.sort((one, other) => Math.min(...one.places) - Math.min(...other.places))
    return { found: found.map((hit) => lead(hit, site)), unknown: strangers(text, site) }
  }

  /** Say where a message leads: to questions that tell its causes apart, or to entries. */
  function lead({ message, addresses }, site) {
    const isOfGallery = (address) => address.startsWith(GALLERY)
    const gallery = [...addresses].sort((one, other) => isOfGallery(other) - isOfGallery(one))
    const shared = ({ asked }) => asked.filter(({ entry }) => gallery.includes(entry)).length
    const [best] = [...site.questions].sort((one, other) => shared(other) - shared(one))
    const questions = best && shared(best) > 1 ? best : undefined
    const others = gallery.filter((address) => !questions?.asked.some(({ entry }) => entry === address))
    return { text: message.text, questions, addresses: others }
  }

  /** What begins like a message and is none that the site knows. */
  function strangers(text, site) {
    const lines = messages.clean(text)
    const claimed = messages.claimed(lines)
    const isKnown = (one, number) => {
      const all = lines.slice(one.at, claimed[number + 1]?.at)
      return [one.text, all].some((part) => messages.find(part, site.messages).some(({ isThere }) => isThere))
    }
    const unknown = claimed.filter((one, number) => one.text && !isKnown(one, number))
    const said = unknown.map((one) => `${one.kind.split(".").at(-1)}: ${one.text}`)
    return [...new Set(said)].filter((one) => !NOISE.test(one))
  }

  // ---- What is shown

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...children)
    return made
  }
  const about = (address, site) => site.entries.find((entry) => entry.address === address)
  const title = (address, site) => about(address, site)?.title ?? address
  const link = (address, text) => element("a", { href: new URL(address, ROOT).href }, text)
  const list = (items) => element("ul", {}, ...items.map((item) => element("li", {}, ...[item].flat())))
  const message = (text) => element("p", { className: "paste-message" }, element("code", {}, text))

  function show({ found, unknown }, reason, text, site) {
    if (found.length) {
      const head = element("p", {}, found.length === 1 ? SAYS.one : SAYS.several(found.length))
      const rest = unknown.length ? [element("p", {}, SAYS.besides), ...unknown.slice(0, MOST_NEAREST).map(message)] : []
      return [head, ...found.map((one, number) => showOne(one, number === 0, site)), ...rest]
    }
    if (reason) {
      const why = element("p", {}, `${SAYS.listed} `, link(reason.address, reason.title))
      return [why, message(reason.text), element("p", {}, reason.says)]
    }
    const said = unknown.at(-1)
    const near = messages.nearest(said ?? text, site.messages, MOST_NEAREST)
    if (!said && !near.length) return [element("p", {}, `${SAYS.none} `, element("code", {}, SAYS.example))]
    const nearest = near.map((one) => [element("code", {}, one.text), " ", link(one.addresses[0], title(one.addresses[0], site))])
    return [
      element("p", {}, SAYS.unknown),
      message(said ?? text.trim().split("\n").at(-1)),
      ...(near.length ? [element("p", {}, SAYS.nearest), list(nearest)] : []),
      ...report(text, site),
    ]
  }

  function showOne({ text, questions, addresses }, isFirst, site) {
    const box = element("div", { className: "paste-found" }, message(text))
    if (questions) {
      box.append(element("p", {}, SAYS.causes), ...stepByStep(questions.asked, site))
      if (addresses.length) box.append(element("p", {}, SAYS.also), list(addresses.map((one) => link(one, title(one, site)))))
      return box
    }
    const [first, ...others] = addresses
    box.append(...entry(first, title(first, site), isFirst, site))
    if (others.length) box.append(element("p", {}, SAYS.also), list(others.map((one) => link(one, title(one, site)))))
    return box
  }

  /** An entry: its title, what it says first, and its mistake and fix, unfolded or not. */
  function entry(address, name, isOpen, site) {
    const says = about(address, site)?.says ?? ""
    const parts = [element("p", { className: "paste-title" }, link(address, name)), element("p", {}, says)]
    if (location.protocol === "file:" || !address.startsWith("reference/errors/") || address.includes("#")) return parts
    const more = element("details", {}, element("summary", {}, SAYS.more))
    more.addEventListener("toggle", () => fill(more, address), { once: true })
    more.open = isOpen
    return [...parts, more]
  }

  /** Ask one question after the other; yes shows the entry of that cause. The buttons stay, and so does the focus. */
  function stepByStep(asked, site) {
    const count = element("p", { className: "paste-count" })
    const question = element("p", { className: "paste-question" })
    const [yes, no] = [SAYS.yes, SAYS.no].map((text) => element("button", { type: "button", className: "paste-button" }, text))
    const answer = element("div")
    const all = list(asked.map(({ ask, title: name, entry: address }) => [`${ask} `, link(address, name)]))
    const summary = element("summary", {}, SAYS.all)
    const folded = element("details", {}, summary, all)
    let number = -1
    const next = () => {
      number += 1
      const isEnd = number === asked.length
      count.textContent = isEnd ? "" : SAYS.question(number + 1, asked.length)
      question.textContent = isEnd ? SAYS.end : asked[number].ask
      answer.replaceChildren()
      yes.hidden = no.hidden = isEnd
      folded.open = isEnd
      if (isEnd) summary.focus()
    }
    no.addEventListener("click", next)
    yes.addEventListener("click", () => {
      const { entry: address, title: name } = asked[number]
      answer.replaceChildren(...entry(address, name, true, site))
    })
    next()
    return [count, question, yes, no, answer, folded]
  }

  /** Fetch the mistake and the fix from the page of an entry. */
  async function fill(box, address) {
    const url = new URL(address, ROOT)
    try {
      const page = new DOMParser().parseFromString(await (await fetch(url)).text(), "text/html")
      const parts = [".bug", ".success"].map((box) => page.querySelector(`.admonition${box}`))
      for (const part of parts) {
        for (const one of part.querySelectorAll("a[href]")) one.href = new URL(one.getAttribute("href"), url).href
      }
      box.append(...parts)
    } catch (error) {
      console.error(error)
      box.append(element("p", {}, link(address, url.pathname)))
    }
  }

  function report(text, site) {
    if (!site.repository) return []
    const form = new URL(`${site.repository}/issues/new`)
    form.searchParams.set("template", "a-message-that-is-missing.yml")
    // Longer addresses are refused by servers.
    form.searchParams.set("message", text.trim().slice(-3000))
    return [element("p", {}, element("a", { href: form.href }, SAYS.report))]
  }

  /** Make a field of an empty box. */
  function mount(box) {
    if (box.firstChild) return
    const field = element("textarea", { id: "paste", rows: 3, placeholder: SAYS.example, spellcheck: false, autocapitalize: "off", autocomplete: "off" })
    field.setAttribute("aria-describedby", "paste-hint")
    const answer = element("div", { className: "paste-answer" })
    answer.setAttribute("role", "status")
    const clear = element("button", { type: "button", className: "paste-button" }, SAYS.clear)
    clear.hidden = true
    box.append(
      element("label", { htmlFor: "paste" }, SAYS.label),
      element("p", { id: "paste-hint", className: "field-hint" }, SAYS.hint),
      field,
      clear,
      answer,
    )
    let waiting
    field.addEventListener("input", () => {
      clear.hidden = !field.value
      clearTimeout(waiting)
      waiting = setTimeout(() => answerTo(field, answer), PAUSE)
    })
    clear.addEventListener("click", () => {
      field.value = ""
      field.dispatchEvent(new Event("input"))
      field.focus()
    })
  }

  async function answerTo(field, answer) {
    const text = field.value
    if (!text.trim()) return answer.replaceChildren()
    try {
      data ??= load()
      const site = await data
      const diagnosis = diagnose(text, site)
      if (!diagnosis.found.length) listed ??= loadListed()
      const reason = diagnosis.found.length ? undefined : excused(text, await listed)
      if (text === field.value) answer.replaceChildren(...show(diagnosis, reason, text, site))
    } catch (error) {
      data = listed = undefined
      console.error(error)
      answer.replaceChildren(element("p", {}, SAYS.failed))
    }
  }

  return { mount, load, loadListed, diagnose, excused }
})()
