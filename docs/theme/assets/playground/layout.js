/* Where the boxes of a graph go: inputs above, results below, few crossings, straight edges. */

playground.layout = (() => {
  const GAP = 26
  const ROW_GAP = 14
  const LABEL_HEIGHT = 17
  // `line` is where an edge passes, from the centre: to the left of its label.
  const BEND = { width: 10, height: LABEL_HEIGHT, line: 0 }
  const SWEEPS = 8
  const ROUNDS = 80

  /**
   * Place boxes and edges.
   *
   * Each edge goes through a bend in every row between its ends, and the last bend has room for the edge's label.
   *
   * Args:
   *   boxes: `{ width, height }` of each.
   *   edges: `{ source, target, label }` of each, by the numbers of boxes; `label` is the width of its text.
   * Returns: the size, the centre of each box, and for each edge its points from the source to the target, and the
   *   centre of its label.
   */
  function place(boxes, edges) {
    const ranks = rank(boxes.length, edges)
    const items = boxes.map((box, number) => ({ ...box, line: 0, row: 2 * ranks[number], up: [], down: [] }))
    const paths = edges.map(({ source, target, label }) => {
      const path = [items[source]]
      for (let row = items[source].row + 1; row < items[target].row; row++) {
        const isLast = row === items[target].row - 1
        const text = isLast && label ? { width: label + 18, line: -label / 2 - 4, isLabel: true } : {}
        path.push({ ...BEND, ...text, row, up: [], down: [] })
      }
      path.push(items[target])
      path.slice(1).forEach((item, at) => {
        item.up.push(path[at])
        path[at].down.push(item)
      })
      return path
    })
    const rows = []
    const add = (item) => (rows[item.row] ??= []).push(item)
    items.forEach(add)
    for (const path of paths) path.slice(1, -1).forEach(add)
    arrange(rows)
    align(rows)
    return measure(rows, items, paths)
  }

  /** The row of each box: below all of its inputs, and an input without inputs of its own just above what needs it. */
  function rank(number, edges) {
    const ranks = Array(number).fill(0)
    for (let round = 0; round < number; round++)
      for (const { source, target } of edges) ranks[target] = Math.max(ranks[target], ranks[source] + 1)
    const hasInput = new Set(edges.map(({ target }) => target))
    for (let box = 0; box < number; box++) {
      const needing = edges.filter(({ source }) => source === box)
      if (!hasInput.has(box) && needing.length) ranks[box] = Math.min(...needing.map(({ target }) => ranks[target])) - 1
    }
    return ranks
  }

  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

  /** Order each row by where its neighbours are, downwards and upwards in turn. */
  function arrange(rows) {
    const number = (row) => row.forEach((item, at) => (item.at = at))
    rows.forEach(number)
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      const [side, order] = sweep % 2 ? ["down", [...rows].reverse()] : ["up", rows]
      for (const row of order) {
        const wanted = new Map(row.map((item) => [item, item[side].length ? mean(item[side].map(({ at }) => at)) : item.at]))
        row.sort((one, other) => wanted.get(one) - wanted.get(other) || one.at - other.at)
        number(row)
      }
    }
  }

  /** Move the items of each row below their neighbours, as far as the order and their widths let them. */
  function align(rows) {
    for (const row of rows) {
      let x = 0
      for (const item of row) {
        item.x = x + item.width / 2
        x += item.width + GAP
      }
    }
    for (let round = 0; round < ROUNDS; round++)
      for (const row of round % 2 ? [...rows].reverse() : rows) {
        const wanted = row.map((item) => {
          const near = [...item.up, ...item.down]
          return near.length ? mean(near.map(({ x, line }) => x + line)) - item.line : item.x
        })
        spread(row, wanted)
      }
  }

  /** Give items the places nearest to those wanted at which none overlaps the next: groups that collide move as one. */
  function spread(row, wanted) {
    let offset = 0
    const offsets = row.map((item, at) => {
      if (at) offset += (row[at - 1].width + item.width) / 2 + (item.isLabel && row[at - 1].isLabel ? 4 : GAP)
      return offset
    })
    const groups = []
    row.forEach((_, at) => {
      groups.push([wanted[at] - offsets[at]])
      while (groups.length > 1 && mean(groups.at(-2)) > mean(groups.at(-1))) groups.push([...groups.splice(-2).flat()])
    })
    const places = groups.flatMap((group) => group.map(() => mean(group)))
    row.forEach((item, at) => (item.x = places[at] + offsets[at]))
  }

  function measure(rows, items, paths) {
    let y = 0
    for (const row of rows) {
      const height = Math.max(...row.map((item) => item.height))
      for (const item of row) item.y = y + height / 2
      y += height + ROW_GAP
    }
    const all = rows.flat()
    const left = Math.min(...all.map((item) => item.x - item.width / 2))
    const right = Math.max(...all.map((item) => item.x + item.width / 2))
    for (const item of all) item.x -= left
    return {
      width: right - left,
      height: y - ROW_GAP,
      centres: items.map(({ x, y }) => ({ x, y })),
      curves: paths.map((path) => ({ points: through(path), label: path.find((item) => item.isLabel) })),
    }
  }

  function through(path) {
    const bends = path.slice(1, -1).map(({ x, y, line }) => ({ x: x + line, y }))
    const near = (box, x) => Math.min(Math.max(x, box.x - box.width * 0.36), box.x + box.width * 0.36)
    const [source, target] = [path[0], path.at(-1)]
    return [
      { x: near(source, bends[0].x), y: source.y + source.height / 2 },
      ...bends,
      { x: near(target, bends.at(-1).x), y: target.y - target.height / 2 },
    ]
  }

  return { place }
})()
