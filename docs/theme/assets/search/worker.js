/* The worker behind Material's search box: hears what is typed, and lets `answers.js` answer, which comes with the
 * first query, since most visits have none.
 *
 * Material's own worker was measured first and left, because there every word also finds all that begins with it, so
 * that a pasted message finds everything; quotes, colons and minus signs of a message are operators; a plural finds
 * nothing; and of a Chinese query it can lose the last word. DESIGN.md says what else was measured.
 */

const Message = { SETUP: 0, READY: 1, QUERY: 2, RESULT: 3 }

// On file:// a script in an iframe stands in for the worker.
const HERE = self.document?.currentScript?.src ?? self.location.href
const SCRIPTS = ["stemmer.js", "words.js", "messages.js", "ranking.js", "answers.js"]

// A query that is still being typed, letter by letter, is not worth a request; one that is pasted is.
const PAUSE = 90

let files // on file://, all of them
let edition = ""
let asked = 0
let before = ""
const fetched = new Map()

addEventListener("message", async ({ data: { type, data } }) => {
  if (type === Message.SETUP) {
    files = data.docs[0]
    postMessage({ type: Message.READY })
  } else if (type === Message.QUERY) {
    const mine = ++asked
    const isTyped = Math.abs(data.length - before.length) < 2
    before = data
    if (data.trim() && isTyped) await new Promise((resolve) => setTimeout(resolve, PAUSE))
    if (mine !== asked) return
    const result = await answer(data)
    if (mine === asked) postMessage({ type: Message.RESULT, data: result })
  }
})

/** Return the pages found, as Material shows them, and what else is to be said of them (states.js says it). */
async function answer(query) {
  if (!query.trim()) return { items: [] }
  try {
    const site = await once("site", open)
    return await answers.find(query, site)
  } catch (error) {
    console.error(error)
    return { items: [], state: "failed" }
  }
}

async function open() {
  // This is under way while the scripts are loaded.
  const reading = read("index.json")
  await once("scripts", async () => importScripts(...SCRIPTS.map((name) => new URL(name, HERE).href)))
  const index = await reading
  edition = index.edition
  return ranking.prepare(index)
}

/** Do something once, and again only where it failed. */
function once(key, make) {
  if (!fetched.has(key)) {
    const made = make()
    fetched.set(key, made)
    made.catch(() => fetched.delete(key))
  }
  return fetched.get(key)
}

function read(name) {
  return once(name, async () => {
    if (files) return files[name]
    const response = await fetch(new URL(`../../search/${name}${edition && `?${edition}`}`, HERE))
    if (!response.ok) throw new Error(`${name}: ${response.status}`)
    return response.json()
  })
}
