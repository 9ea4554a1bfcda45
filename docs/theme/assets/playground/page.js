/* The playground on its page: a field for a program, what it prints, and the picture of its graph. Nothing leaves the page. */

playground.page = (() => {
  const SAYS = {
    en: {
      program: "Your program",
      hint: "One statement a line, as at Python's prompt. It runs as you type, in your browser.",
      example: "Start from an example",
      choose: "Examples",
      link: "Copy link",
      code: "Copy for PyTorch",
      copied: "Copied",
      output: "Output",
      out: "Out",
      error: "Error",
      warning: "Warning",
      stopped: "Not known here",
      line: (number) => `Line ${number}`,
      silent: "Nothing is printed yet. A line with a name alone, such as y, prints its value.",
      ran: (statements, errors) => `Statements run: ${statements}. Errors: ${errors}.`,
      reasons: {
        unknown: (code) => ["The playground does not know ", code, " in this form; PyTorch may well."],
        syntax: () => ["The playground cannot read this line; Python may well."],
        large: (code) => [`A tensor has at most ${code} elements here.`],
        integer: (code) => ["Integers beyond ", code, " are not kept exactly here."],
        long: (code) => [`At most ${code} statements run here, each round of a loop counted.`],
      },
      instead: " What follows may depend on it, so it stops here. Copy the program to run it in PyTorch.",
      explained: "Explained here: ",
      graph: "Graph",
      pass: (line, source) => `Line ${line}: ${source}`,
      which: "Backward pass",
      none: "No graph yet: no result was computed from a tensor that requires a gradient.",
      large: "This graph has too many nodes to draw; the values above are complete.",
    },
    zh: {
      program: "你的程序",
      hint: "每行一条语句，和 Python 提示符下一样。程序在浏览器里边写边运行。",
      example: "从例子开始",
      choose: "例子",
      link: "复制链接",
      code: "复制到 PyTorch",
      copied: "已复制",
      output: "输出",
      out: "输出",
      error: "报错",
      warning: "警告",
      stopped: "这里不支持",
      line: (number) => `第 ${number} 行`,
      silent: "还没有输出。单独写一个名字（例如 y）就会打印它的值。",
      ran: (statements, errors) => `已运行 ${statements} 条语句，报错 ${errors} 次。`,
      reasons: {
        unknown: (code) => ["练习场不支持这样使用 ", code, "，PyTorch 也许支持。"],
        syntax: () => ["练习场读不懂这一行，Python 也许读得懂。"],
        large: (code) => [`这里的张量最多有 ${code} 个元素。`],
        integer: (code) => ["超过 ", code, " 的整数，在这里不能精确保存。"],
        long: (code) => [`这里最多执行 ${code} 条语句，循环的每一轮都计算在内。`],
      },
      instead: "后面的语句可能依赖这一行，所以到此为止。可以复制程序，拿到 PyTorch 里运行。",
      explained: "详见：",
      graph: "计算图",
      pass: (line, source) => `第 ${line} 行：${source}`,
      which: "反向传播",
      none: "还没有计算图：没有任何结果是由需要梯度的张量算出来的。",
      large: "这张计算图的节点太多，画不下；上面的数值是完整的。",
    },
  }[document.documentElement.lang]
  const PAUSE = 250
  const HASH = "#program="
  // A message, and the last part of the address that explains it; the page links to each of these.
  const EXPLAINED = [
    [/^Trying to backward through the graph a second time/, "second-backward"],
    [/^grad can be implicitly created only for scalar outputs/, "non-scalar-output"],
    [/^Mismatch in shape: grad_output/, "gradient-shape"],
    [/^gradients can be either Tensors or None|^'\w+' object is not iterable/, "gradient-list"],
    [/^element 0 of tensors does not require grad/, "element-0"],
    [/^[Oo]nly Tensors of floating point/, "integer-tensor"],
    [/^One of the differentiated Tensors does not require grad/, "unmarked"],
    [/appears to not have been used in the graph/, "unused-input"],
    [/^a leaf Variable that requires grad/, "leaf-changed"],
    [/^a view of a leaf Variable/, "slice-of-leaf"],
    [/modified by an inplace operation/, "modified"],
    [/^'NoneType' object has no attribute/, "cleared-too-early"],
    [/^can't retain_grad/, "nothing-to-retain"],
    [/^you can only change requires_grad flags/, "changed-intermediate"],
    [/^UserWarning: The \.grad attribute of a Tensor that is not a leaf/, "not-a-leaf"],
  ]

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...children)
    return made
  }
  const code = (text) => element("code", {}, text)

  /** The link of the page to the heading that explains a message, if there is one. */
  function explanation(message) {
    const id = EXPLAINED.find(([pattern]) => pattern.test(message))?.[1]
    const leadsThere = ({ href }) => RegExp(`[#/]${id}(?:/|\\.html)?$`).test(href)
    const link = id && [...document.querySelectorAll(".playground-messages a")].find(leadsThere)
    return link ? [element("p", { className: "playground-more" }, SAYS.explained, link.cloneNode(true))] : []
  }

  // ---- What a program printed, as the cells of the other pages

  function cell({ line, source, printed, error }) {
    const label = element("span", { className: "playground-line" }, SAYS.line(line))
    const input = element("div", { className: "cell-input" }, label, preformatted(source))
    return element("div", { className: "cell" }, input, ...outputs(printed), ...(error ? [failure(error)] : []))
  }

  // A span between the two, as in every cell: Material would mount a component on a `code` directly in a `pre`.
  const preformatted = (...content) => element("pre", {}, element("span", {}, element("code", {}, ...content)))

  function part(kind, label, ...content) {
    return element("div", { className: `cell-output cell-${kind}` }, element("div", { className: "cell-label" }, label), ...content)
  }

  /** What a statement printed: each warning by itself, and what stands between two of them together. */
  function outputs(printed) {
    const isWarning = (text) => /^\w*Warning: /.test(text)
    const groups = []
    for (const text of printed) {
      if (groups.length && !isWarning(text) && !isWarning(groups.at(-1))) groups.push(`${groups.pop()}\n${text}`)
      else groups.push(text)
    }
    return groups.map((text) =>
      isWarning(text)
        ? part("warning", SAYS.warning, preformatted(text), ...explanation(text))
        : part("text", SAYS.out, preformatted(text)),
    )
  }

  function failure({ type, message, unknown, reason }) {
    if (reason) {
      const sentence = SAYS.reasons[reason](unknown).map((piece) => (piece === unknown ? code(unknown) : piece))
      return part("warning", SAYS.stopped, element("p", { className: "playground-more" }, ...sentence, SAYS.instead))
    }
    return part("error", SAYS.error, preformatted(element("b", {}, type), `: ${message}`), ...explanation(message))
  }

  // ---- The picture

  /** The last tensor that an operation computed. */
  function lastResult(variables) {
    const results = [...variables.values()].filter((value) => value?.storage && !value.isStale && value.node)
    return results.sort((one, other) => one.node.order - other.node.order).at(-1)
  }

  function showGraph(box, { variables, passes }) {
    const content = element("div", { className: "playground-graph" })
    const show = (html) => (html ? (content.innerHTML = html) : content.replaceChildren(element("p", {}, SAYS.large)))
    const title = element("p", { className: "playground-title" }, SAYS.graph)
    if (passes.length) {
      const last = passes.length - 1
      if (last > 0) {
        const choice = element("select", { id: "playground-pass" })
        choice.append(...passes.map(({ line, source }, at) => new Option(SAYS.pass(line, source.split("\n")[0]), at)))
        choice.value = last
        choice.addEventListener("change", () => show(playground.picture.ofPass(passes[choice.value])))
        title.replaceChildren(element("label", { htmlFor: "playground-pass" }, SAYS.which), " ", choice)
      }
      show(playground.picture.ofPass(passes[last]))
    } else {
      const result = lastResult(variables)
      if (result) show(playground.picture.ofTensor(result, variables))
      else content.append(element("p", {}, SAYS.none))
    }
    box.replaceChildren(title, content)
  }

  // ---- The page

  /** The examples of the page, by the headings that they stand under. */
  function examples() {
    const found = []
    for (const cells of document.querySelectorAll(".md-content .cells")) {
      let heading = cells
      while (heading && !/^H[23]$/.test(heading.tagName)) heading = heading.previousElementSibling
      if (heading && !cells.closest(".playground"))
        found.push({ title: heading.firstChild.textContent.trim(), program: programOf(cells) })
    }
    return found
  }

  /** The program of the address; false where there is none, or one that was cut off in the middle of a character. */
  function fromAddress() {
    try {
      return location.hash.startsWith(HASH) && decodeURIComponent(location.hash.slice(HASH.length))
    } catch {
      return false
    }
  }

  /** Copy a text; without https a page has no clipboard, and the text is shown to be copied by hand. */
  async function copy(text, button) {
    if (!navigator.clipboard) return void prompt(button.textContent, text)
    await navigator.clipboard.writeText(text)
    window.alert$?.next(SAYS.copied)
  }

  function mount(box) {
    if (box.firstChild) return
    const offered = examples()
    const field = element("textarea", { id: "playground-program", rows: 7, spellcheck: false, autocapitalize: "off", autocomplete: "off" })
    field.setAttribute("aria-describedby", "playground-hint")
    const choice = element("select", { title: SAYS.example })
    choice.setAttribute("aria-label", SAYS.example)
    choice.append(new Option(SAYS.choose, ""), ...offered.map(({ title }, at) => new Option(title, at)))
    const button = (text, action) => {
      const made = element("button", { type: "button", className: "md-button" }, text)
      made.addEventListener("click", () => action(made))
      return made
    }
    const status = element("p", { className: "field-hint playground-status" })
    status.setAttribute("role", "status")
    const printed = element("div", { className: "playground-printed" })
    const graph = element("div", { className: "playground-picture" })
    const link = button(SAYS.link, (made) => {
      history.replaceState(history.state, "", programHash(field.value))
      return copy(location.href, made)
    })
    const take = button(SAYS.code, (made) => copy(`import torch\n${field.value.replace(/^import torch\n/, "")}`, made))
    box.append(
      element("label", { htmlFor: field.id }, SAYS.program),
      element("p", { id: "playground-hint", className: "field-hint" }, SAYS.hint),
      field,
      element("div", { className: "playground-buttons" }, choice, link, take),
      status,
      printed,
      graph,
    )

    function run() {
      const outcome = playground.interpreter.run(field.value)
      const said = outcome.results.filter((result) => result.printed.length || result.error)
      const ran = outcome.results.filter(({ error }) => !error?.reason)
      status.textContent = SAYS.ran(ran.length, ran.filter(({ error }) => error).length)
      if (said.length) printed.replaceChildren(element("div", { className: "cells" }, ...said.map(cell)))
      else printed.replaceChildren(element("p", { className: "field-hint" }, SAYS.silent))
      showGraph(graph, outcome)
    }

    function fill(program) {
      field.value = program
      field.rows = Math.min(16, Math.max(7, program.split("\n").length + 1))
      run()
    }

    let waiting
    field.addEventListener("input", () => {
      clearTimeout(waiting)
      waiting = setTimeout(run, PAUSE)
    })
    choice.addEventListener("change", () => {
      if (choice.value) fill(offered[choice.value].program)
      choice.value = ""
    })
    const follow = () => {
      const program = fromAddress()
      if (program === false || !field.isConnected) return
      fill(program)
      field.focus({ preventScroll: true })
      box.scrollIntoView()
    }
    addEventListener("hashchange", follow)
    // Material would fetch the page anew.
    const open = (event) => {
      const link = event.target.closest(".cell-try")
      if (!link || !field.isConnected || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      event.stopPropagation()
      history.replaceState(history.state, "", link.hash)
      follow()
    }
    document.addEventListener("click", open, true)
    // A program keeps its place when the reader changes the language.
    for (const type of ["pointerdown", "click"])
      document.addEventListener(type, ({ target }) => {
        const other = target.closest(".language-switch")
        if (other && field.isConnected) other.hash = programHash(field.value)
      })
    fill(fromAddress() || offered[0]?.program || "")
  }

  return { mount, EXPLAINED }
})()
