/* Draws a graph, and the steps of a backward pass through it, as the pictures of the other pages are drawn:
   with the classes of pictures.css, and with the attributes that replay.js steps through. */

playground.picture = (() => {
  const { inOrder, nodeOf, AccumulateGrad } = playground.autograd
  const { place } = playground.layout
  const SAYS = {
    en: {
      graph: "Computational graph",
      replay: "Replay of a backward pass",
      scrolls: (title) => `${title} (scrolls)`,
      bar: { back: "Back", next: "Next", play: "Play", pause: "Pause", step: "Step", all: "All steps" },
      ready: "Press Next, or the arrow keys, and go through it step by step.",
      value: (text, isLeaf) => `Forward: ${isLeaf ? "leaf " : ""}${text}`,
      start: (name, gradient) => `The backward pass starts at ${name}, with the gradient ${gradient}.`,
      send: (name, parts) => `${name} sends ${parts.map(([text, to]) => `${text} to ${to}`).join(" and ")}.`,
      sum: (name, addition) => `${name} adds up the gradients that reached it: ${addition}.`,
    },
    zh: {
      graph: "计算图",
      replay: "反向传播回放",
      scrolls: (title) => `${title}（可滚动）`,
      bar: { back: "上一步", next: "下一步", play: "播放", pause: "暂停", step: "步骤", all: "全部步骤" },
      ready: "点「下一步」或按方向键，一步一步看下去。",
      value: (text, isLeaf) => `前向传播：${isLeaf ? "叶子 " : ""}${text}`,
      start: (name, gradient) => `反向传播从 ${name} 开始，梯度是 ${gradient}。`,
      send: (name, parts) => `${name} ${parts.map(([text, to]) => `把 ${text} 传给 ${to}`).join("，")}。`,
      sum: (name, addition) => `${name} 把收到的梯度累积起来：${addition}。`,
    },
  }[document.documentElement.lang]
  const MOST_NODES = 40
  const LONGEST = 32
  const LONGEST_SUM = 34
  const FONT = 13
  const LINE = 17
  const PADDING = 10
  const MARGIN = 6
  const HEAD = 8
  const HALF_HEAD = 3.6
  // A phone shows a picture at this scale at least, and lets it scroll where it is wider still.
  const SMALLEST = 0.85

  // ---- Numbers

  function numberText(value) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
    if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value + 0)
    const [figures, power] = value.toExponential(3).split("e")
    if (power >= -4 && power < 4) return String(Number(value.toPrecision(4)))
    return `${Number(figures)}e${power[0]}${power.slice(1).padStart(2, "0")}`
  }

  /** A tensor's numbers where they are few, else its shape. */
  function textOf(tensor) {
    if (tensor.size <= 4 && tensor.shape.length <= 2) {
      const numbers = tensor.values().map((value) => numberText(Number(value)))
      const text = nest(numbers, tensor.shape)
      if (text.length <= LONGEST) return text
    }
    return `shape ${tensor.shape.join("×")}`
  }

  function nest(numbers, [size, ...rest]) {
    if (size === undefined) return numbers[0]
    const length = numbers.length / (size || 1)
    const parts = Array.from({ length: size }, (_, at) => nest(numbers.slice(at * length, (at + 1) * length), rest))
    return `[${parts.join(", ")}]`
  }

  const isShape = (text) => text.startsWith("shape ")

  const sumText = ([first, ...rest]) => [first, ...rest.map((term) => (term.startsWith("-") ? `(${term})` : term))].join(" + ")

  // ---- The graph as plain data

  /** From the result down: operations, the last one computed first, then leaves; and the edges between them. */
  function graphOf(root, names, values) {
    const nodes = inOrder(root).sort((one, other) => isLeaf(one) - isLeaf(other) || other.order - one.order)
    const numbers = new Map(nodes.map((node, at) => [node, at]))
    const called = new Map()
    for (const [name, value] of names) {
      const node = value?.storage && !value.isStale && nodeOf(value)
      if (numbers.has(node) && !called.has(node)) called.set(node, name)
    }
    const nameless = nodes.filter((node) => !called.has(node) && !isLeaf(node)).reverse()
    const label = (node) => {
      if (called.has(node)) return called.get(node)
      const same = nameless.filter(({ name }) => name === node.name)
      return same.length > 1 ? `${node.name} #${same.indexOf(node) + 1}` : node.name
    }
    return {
      nodes: nodes.map((node) => ({
        isLeaf: isLeaf(node),
        operation: called.has(node) ? node.name : label(node),
        name: called.get(node) ?? "",
        label: label(node),
        value: textOf(values.get(node) ?? node.value ?? node.variable),
      })),
      edges: nodes.flatMap((node, target) =>
        node.edges.map((edge, at) => ({ source: numbers.get(edge), target, at })).filter(({ source }) => source !== undefined),
      ),
      numbers,
    }
  }

  const isLeaf = (node) => node instanceof AccumulateGrad

  const withValue = ({ label, value }) => (isShape(value) ? `${label}, ${value}` : `${label} = ${value}`)

  // ---- The steps of a backward pass

  /** What happens one after the other: values, the start, what is sent, and sums where several gradients arrive. */
  function momentsOf({ nodes, edges, numbers }, steps) {
    const moments = []
    const shown = new Set()
    for (let node = nodes.length - 1; node >= 0; node--) {
      if (nodes[node].isLeaf) continue
      for (const { source } of edges.filter(({ target }) => target === node))
        if (nodes[source].isLeaf && !shown.has(source)) {
          shown.add(source)
          moments.push({ kind: "value", node: source })
        }
      moments.push({ kind: "value", node })
    }
    if (!moments.length) moments.push({ kind: "value", node: 0 })
    const received = new Map(steps.filter(({ gradient }) => gradient).map(({ node, gradient }) => [numbers.get(node), textOf(gradient)]))
    const coming = nodes.map((_, node) => edges.filter(({ source }) => source === node).length)
    const arrived = nodes.map(() => [])
    moments.push({ kind: "start", node: 0, total: received.get(0) })
    for (const { node, sent } of steps) {
      const from = numbers.get(node)
      const parts = edges
        .map((edge, number) => ({ ...edge, number }))
        .filter(({ target, at }) => target === from && sent[at])
        .map(({ source, number, at }) => ({ edge: number, to: source, text: textOf(sent[at]) }))
      if (parts.length) moments.push({ kind: "send", node: from, parts })
      for (const part of parts) {
        arrived[part.to].push(part.text)
        if (arrived[part.to].length === coming[part.to] && coming[part.to] > 1)
          moments.push({ kind: "sum", node: part.to, terms: arrived[part.to], total: received.get(part.to) })
      }
    }
    return moments
  }

  function sentence({ nodes }, moment) {
    const node = nodes[moment.node]
    switch (moment.kind) {
      case "value": return SAYS.value(withValue(node), node.isLeaf)
      case "start": return SAYS.start(node.label, moment.total)
      case "send": return SAYS.send(node.label, moment.parts.map(({ text, to }) => [text, nodes[to].label]))
      default: return SAYS.sum(node.label, sumText(moment.terms) + (isShape(moment.total) ? "" : ` = ${moment.total}`))
    }
  }

  /** For each node, what its gradient reads from which step on: the terms as they arrive, then their sum. */
  function gradientTexts({ nodes, edges }, moments) {
    const coming = nodes.map((_, node) => edges.filter(({ source }) => source === node).length)
    const terms = nodes.map(() => [])
    const texts = nodes.map(() => [])
    moments.forEach((moment, number) => {
      const changed = new Set()
      if (moment.kind === "start" || moment.kind === "sum") {
        terms[moment.node] = [moment.total]
        changed.add(moment.node)
      }
      for (const { to, text } of moment.parts ?? []) {
        terms[to].push(text)
        coming[to]--
        changed.add(to)
      }
      for (const node of changed) {
        const text = sumText([...terms[node], ...(coming[node] > 0 ? ["…"] : [])])
        texts[node].push([number + 1, text.length <= LONGEST_SUM ? text : `… + ${terms[node].at(-1)}`])
      }
    })
    return texts
  }

  // ---- Drawing

  const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign])

  function attributes(data) {
    const hidden = "until" in data ? ' visibility="hidden"' : ""
    return Object.entries(data).map(([name, value]) => ` data-${name}="${escape(value)}"`).join("") + hidden
  }

  const widthOf = (text) => text.length * 0.605 * FONT

  const line = (text, role, data = {}) => ({ text, role, data })

  const number = (value) => value.toFixed(1)

  const textAt = ({ text, role, data }, x, y) =>
    `<text class="${role}"${attributes(data)} x="${number(x)}" y="${number(y)}">${escape(text)}</text>`

  function drawBox({ kind, lines, data, width, height }, { x, y }) {
    const [left, top] = [x - width / 2, y - height / 2]
    const radius = kind === "leaf" ? Math.min(height / 2, 22) : 6
    const rect =
      `<rect x="${number(left)}" y="${number(top)}" width="${number(width)}" height="${number(height)}" rx="${radius}" ` +
      'fill="none" stroke="currentColor"/>'
    const texts = lines.flatMap((turns, at) => turns.map((one) => textAt(one, x, top + PADDING / 2 + LINE * (at + 0.74))))
    return `<g class="box ${kind}"${attributes(data)}>${rect}${texts.join("")}</g>`
  }

  /** A curve through points, upright at each of them, with a head at its end; `behind` leaves room for another head. */
  function drawArrow(points, behind) {
    const down = points.at(-1).y > points[0].y ? 1 : -1
    const tip = points.at(-1)
    const way = points.map(({ x, y }) => ({ x, y }))
    way[0].y += down * behind
    way.at(-1).y -= down * HEAD
    let path = `M${number(way[0].x)} ${number(way[0].y)}`
    way.slice(1).forEach((to, at) => {
      const middle = number((way[at].y + to.y) / 2)
      path += `C${number(way[at].x)} ${middle} ${number(to.x)} ${middle} ${number(to.x)} ${number(to.y)}`
    })
    const [left, right, base] = [tip.x - HALF_HEAD, tip.x + HALF_HEAD, tip.y - down * HEAD].map(number)
    return (
      `<path class="line" d="${path}" fill="none" stroke="currentColor"/>` +
      `<path class="head" d="M${number(tip.x)} ${number(tip.y)}L${left} ${base}L${right} ${base}z"/>`
    )
  }

  function draw(boxes, arrows, title, description) {
    for (const box of boxes) {
      const longest = Math.max(0, ...box.lines.flat().map(({ text }) => widthOf(text)))
      Object.assign(box, { width: Math.max(longest + 2 * PADDING, 44), height: box.lines.length * LINE + PADDING })
    }
    const { width, height, centres, curves } = place(boxes, arrows.map((arrow) => ({ ...arrow, label: widthOf(arrow.message) })))
    const parts = arrows.map(({ message, data, back }, at) => {
      const { points } = curves[at]
      const forth = `<g class="arrow"${attributes(data)}>${drawArrow(points, message ? HEAD : 0)}</g>`
      if (!message) return forth
      return `${forth}<g class="arrow back"${attributes(back)}>${drawArrow([...points].reverse(), HEAD)}</g>`
    })
    parts.push(...boxes.map((box, at) => drawBox(box, centres[at])))
    arrows.forEach(({ message, back }, at) => {
      const { label } = curves[at]
      if (message) parts.push(textAt(line(message, "message", back), label.x + 5, label.y + FONT / 3))
    })
    const [full, tall] = [width + 2 * MARGIN, height + 2 * MARGIN].map(Math.round)
    const smallest = Math.round(SMALLEST * full)
    return (
      `<div class="picture-scroll" tabindex="0" role="group" aria-label="${escape(SAYS.scrolls(title))}"><svg role="img" aria-label="${escape(`${title}: ${description}`)}" ` +
      `viewBox="${-MARGIN} ${-MARGIN} ${full} ${tall}" width="${full}" height="${tall}" style="min-width:${smallest}px" ` +
      `fill="currentColor" text-anchor="middle" font-size="${FONT}">${parts.join("")}</svg></div>`
    )
  }

  const description = ({ nodes, edges }) =>
    nodes
      .map((node, number) => {
        const inputs = edges.filter(({ target }) => target === number).map(({ source }) => nodes[source].label)
        const kind = node.isLeaf ? "leaf" : node.operation
        return `${node.label === kind ? kind : `${node.label}: ${kind}`}, ${node.value}${inputs.length ? ` <- ${inputs.join(", ")}` : ""}`
      })
      .join("; ")

  const kindOf = (node, number) => (node.isLeaf ? "leaf" : number ? "operation" : "operation root")

  /** The lines of a box; with `at`, its value shows from that step on, and its name before. */
  function linesOf(node, at) {
    const value = at ? { at } : {}
    const lines = []
    if (!node.isLeaf || !node.name) lines.push([line(node.operation, "operation")])
    if (!isShape(node.value)) {
      const name = at && node.name ? [line(node.name, "value", { until: at })] : []
      lines.push([...name, line(node.name ? `${node.name} = ${node.value}` : node.value, "value", value)])
    } else {
      if (node.name) lines.push([line(node.name, "value")])
      lines.push([line(node.value, "note", value)])
    }
    return lines
  }

  /** The picture of what computed a tensor. */
  function ofTensor(tensor, names) {
    const graph = graphOf(nodeOf(tensor), names, new Map())
    if (graph.nodes.length > MOST_NODES) return null
    const boxes = graph.nodes.map((node, at) => ({ kind: kindOf(node, at), lines: linesOf(node), data: {} }))
    const arrows = graph.edges.map((edge) => ({ ...edge, message: "", data: {} }))
    return `<figure class="picture">${draw(boxes, arrows, SAYS.graph, description(graph))}</figure>`
  }

  /** The picture of a backward pass, to be stepped through. */
  function ofPass({ root, steps, names, leaves }) {
    const graph = graphOf(root, names, leaves)
    if (graph.nodes.length > MOST_NODES) return null
    const moments = momentsOf(graph, steps)
    const happens = graph.nodes.map(() => [])
    const valueAt = []
    const messages = new Map()
    moments.forEach((moment, at) => {
      happens[moment.node].push(at + 1)
      if (moment.kind === "value") valueAt[moment.node] = at + 1
      for (const { edge, text } of moment.parts ?? []) messages.set(edge, { at: at + 1, text })
    })
    const texts = gradientTexts(graph, moments)
    const boxes = graph.nodes.map((node, number) => {
      const turns = texts[number].map(([at, text], turn) => {
        const next = texts[number][turn + 1]
        return line(`∇ ${text}`, "gradient", next ? { at, until: next[0] } : { at })
      })
      const lines = [...linesOf(node, valueAt[number]), ...(turns.length ? [turns] : [])]
      return { kind: kindOf(node, number), lines, data: { at: happens[number].join(" ") } }
    })
    const arrows = graph.edges.map((edge, number) => {
      const message = messages.get(number)
      const data = { at: valueAt[edge.target], ...(message ? { until: message.at } : {}) }
      return { ...edge, message: message?.text ?? "", data, back: { at: message?.at ?? "" } }
    })
    return (
      `<div class="picture"><backward-replay role="group" aria-label="${SAYS.replay}">` +
      draw(boxes, arrows, SAYS.replay, description(graph)) +
      bar(moments.length) +
      reasons(moments.map((moment) => sentence(graph, moment))) +
      "</backward-replay></div>"
    )
  }

  /** What a reader walks with, as replay.js knows it from the other pages. */
  function bar(last) {
    const { back, next, play, pause, step, all } = SAYS.bar
    const button = (action, text, more) => `<button type="button" class="md-button" data-do="${action}"${more ?? ""}>${text}</button>`
    return (
      '<div class="replay-bar" hidden>' +
      button("back", back) + button("next", next) + button("play", play, ` data-pause="${pause}"`) +
      `<input type="range" min="0" max="${last}" value="0" aria-label="${step}">` +
      `<button type="button" class="replay-all" data-do="all" aria-expanded="false">${all}</button>` +
      '<p class="replay-said" aria-live="polite"></p></div>'
    )
  }

  function reasons(sentences) {
    const items = sentences.map((text, at) => `<li data-at="${at + 1}" data-says="${escape(text)}"><p>${escape(text)}</p></li>`)
    return `<div class="replay-reasons"><p class="replay-ready">${SAYS.ready}</p><ol>${items.join("")}</ol></div>`
  }

  return { ofTensor, ofPass }
})()
