/* From the text of a program to its statements: the part of Python's grammar that the playground knows. */

playground.parser = (() => {
  const { Unknown } = playground.tensors
  const TOKEN =
    /\s*(?:(#.*)|((?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|("[^"\\\n]*"|'[^'\\\n]*')|(\*\*=?|\/\/=?|[-+*/@%]=|==|!=|<=|>=|->|:=|[-+*/@%=<>()[\]{},.:;~&|^])|(.))/uy
  const KEYWORDS = new Set(
    ("False None True and as assert async await break class continue def del elif else except finally for from global if " +
      "import in is lambda nonlocal not or pass raise return try while with yield").split(" "),
  )
  const LEVELS = [["+", "-"], ["*", "/", "@", "//", "%"]]
  const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="])

  /** Cut a program into logical lines: `{ line, indent, source, tokens }`; a bracket keeps a line open. */
  function logicalLines(program) {
    const lines = []
    let open = 0
    let current = null
    program.split("\n").forEach((text, number) => {
      const tokens = tokenize(text)
      if (!tokens.length && !open) return
      if (open) {
        current.source += `\n${text}`
        current.tokens.push(...tokens)
      } else {
        current = { line: number + 1, indent: text.search(/[^ ]/), source: text.trimEnd().slice(text.search(/[^ ]/)), tokens }
        lines.push(current)
      }
      for (const { text: sign } of tokens) {
        if ("([{".includes(sign)) open++
        if (")]}".includes(sign)) open = Math.max(0, open - 1)
      }
    })
    return lines
  }

  function tokenize(text) {
    const tokens = []
    TOKEN.lastIndex = 0
    for (let found; TOKEN.lastIndex < text.trimEnd().length && (found = TOKEN.exec(text)); ) {
      const [, comment, number, name, string, sign, other] = found
      if (comment) break
      const kind = number ? "number" : name ? (KEYWORDS.has(name) ? "sign" : "name") : string ? "string" : sign ? "sign" : "other"
      tokens.push({ kind, text: number ?? name ?? string ?? sign ?? other })
    }
    return tokens
  }

  /** Reads the tokens of one line. */
  class Reader {
    at = 0

    constructor(line) {
      this.line = line
    }

    get next() {
      return this.line.tokens[this.at] ?? { kind: "end", text: "" }
    }

    take() {
      const token = this.next
      this.at++
      return token
    }

    is(...signs) {
      return this.next.kind === "sign" && signs.includes(this.next.text)
    }

    accept(sign) {
      return this.is(sign) && !!this.take()
    }

    expect(sign) {
      if (!this.accept(sign)) this.refuse()
    }

    refuse() {
      throw new Unknown(this.line.source, "syntax")
    }

    name() {
      if (this.next.kind !== "name") this.refuse()
      return this.take().text
    }

    // ---- Expressions, from what binds least to what binds most

    /** Expressions between commas, which make a tuple. */
    tuple() {
      const first = this.expression()
      if (!this.is(",")) return first
      const items = [first]
      while (this.accept(",")) {
        if (this.next.kind === "end" || this.is(")", "]", "=")) break
        items.push(this.expression())
      }
      return { kind: "tuple", items }
    }

    expression() {
      if (this.accept("not")) return { kind: "not", operand: this.expression() }
      const left = this.binary(0)
      if (this.accept("is")) {
        const isNegated = this.accept("not")
        return { kind: "is", left, right: this.binary(0), isNegated }
      }
      if (!COMPARISONS.has(this.next.text)) return left
      const symbol = this.take().text
      const right = this.binary(0)
      if (COMPARISONS.has(this.next.text) || this.is("is")) this.refuse()
      return { kind: "comparison", symbol, left, right }
    }

    binary(level) {
      if (level === LEVELS.length) return this.signed()
      let left = this.binary(level + 1)
      while (this.is(...LEVELS[level])) {
        const symbol = this.take().text
        left = { kind: "operation", symbol, left, right: this.binary(level + 1) }
      }
      return left
    }

    signed() {
      if (this.is("-", "+")) return { kind: "sign", symbol: this.take().text, operand: this.signed() }
      const base = this.postfix()
      if (!this.accept("**")) return base
      return { kind: "operation", symbol: "**", left: base, right: this.signed() }
    }

    postfix() {
      let value = this.atom()
      for (;;) {
        if (this.accept(".")) value = { kind: "attribute", value, name: this.name() }
        else if (this.accept("(")) value = { kind: "call", callee: value, ...this.argumentsOfCall() }
        else if (this.accept("[")) value = { kind: "index", value, index: this.indices() }
        else return value
      }
    }

    argumentsOfCall() {
      const positional = []
      const keywords = {}
      while (!this.accept(")")) {
        const isKeyword = this.next.kind === "name" && this.line.tokens[this.at + 1]?.text === "="
        if (isKeyword) {
          const name = this.name()
          this.expect("=")
          if (name in keywords) this.refuse()
          keywords[name] = this.expression()
        } else if (Object.keys(keywords).length) this.refuse()
        else positional.push(this.expression())
        if (!this.is(")")) this.expect(",")
      }
      return { positional, keywords }
    }

    indices() {
      const items = [this.oneIndex()]
      let isTuple = false
      while (this.accept(",")) {
        isTuple = true
        if (this.is("]")) break
        items.push(this.oneIndex())
      }
      this.expect("]")
      return { items, isTuple }
    }

    oneIndex() {
      const bounds = [null, null, null]
      if (!this.is(":")) bounds[0] = this.expression()
      if (!this.is(":")) return bounds[0]
      for (let part = 1; part < 3 && this.accept(":"); part++)
        if (!this.is(":", ",", "]")) bounds[part] = this.expression()
      return { kind: "slice", bounds }
    }

    atom() {
      const { kind, text } = this.take()
      if (kind === "number") return { kind: "constant", value: this.number(text) }
      if (kind === "name") return { kind: "name", name: text }
      if (kind === "string") return { kind: "constant", value: text.slice(1, -1) }
      switch (text) {
        case "True": return { kind: "constant", value: true }
        case "False": return { kind: "constant", value: false }
        case "None": return { kind: "constant", value: null }
        case "(": return this.inBrackets()
        case "[": return this.list()
      }
      return this.refuse()
    }

    number(text) {
      if (!/^(?:0|[1-9]\d*|(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d+)?)$/i.test(text)) this.refuse()
      return /^\d+$/.test(text) ? BigInt(text) : Number(text)
    }

    inBrackets() {
      if (this.accept(")")) return { kind: "tuple", items: [] }
      const value = this.tuple()
      this.expect(")")
      return value.kind === "tuple" ? { ...value } : { kind: "brackets", value }
    }

    list() {
      const items = []
      while (!this.accept("]")) {
        items.push(this.expression())
        if (!this.is("]")) this.expect(",")
      }
      return { kind: "list", items }
    }

    // ---- Statements

    statement() {
      if (this.is("import")) return this.import()
      if (this.is("with")) return this.with()
      if (this.is("for")) return this.for()
      const left = this.tuple()
      if (this.accept("=")) return { kind: "assignment", target: this.target(left), value: this.tuple() }
      if (this.next.kind === "sign" && /^(?:[-+*/@]|\*\*)=$/.test(this.next.text)) {
        const symbol = this.take().text.slice(0, -1)
        if (left.kind === "tuple") this.refuse()
        return { kind: "update", symbol, target: this.target(left), value: this.tuple() }
      }
      return { kind: "expression", value: left }
    }

    target(left) {
      const isPlace = ({ kind }) => ["name", "attribute", "index"].includes(kind)
      if (!(isPlace(left) || (left.kind === "tuple" && left.items.every(isPlace)))) this.refuse()
      return left
    }

    import() {
      this.take()
      if (this.name() !== "torch" || this.next.kind !== "end") this.refuse()
      return { kind: "import" }
    }

    /** `with torch.no_grad():`, the one block of its kind. */
    with() {
      this.take()
      const call = this.postfix()
      this.expect(":")
      const isNoGrad = call.kind === "call" && call.callee.kind === "attribute" && call.callee.name === "no_grad"
      if (!isNoGrad || call.callee.value.name !== "torch" || call.positional.length || Object.keys(call.keywords).length)
        this.refuse()
      return { kind: "no_grad", ...this.rest() }
    }

    /** `for name in range(…):`. */
    for() {
      this.take()
      const name = this.name()
      this.expect("in")
      const call = this.postfix()
      this.expect(":")
      if (call.kind !== "call" || call.callee.name !== "range" || call.callee.kind !== "name") this.refuse()
      return { kind: "for", name, range: call, ...this.rest() }
    }

    /** What stands behind the colon of a block, on the same line. */
    rest() {
      return this.next.kind === "end" ? {} : { body: [this.finish(this.simple())] }
    }

    simple() {
      if (this.is("with", "for")) this.refuse()
      return this.statement()
    }

    finish(statement) {
      if (this.next.kind !== "end") this.refuse()
      return { ...statement, line: this.line.line, source: this.line.source }
    }
  }

  /**
   * Return the statements of a program; one that cannot be read is of the kind "unreadable", and the last one.
   *
   * As at a prompt, each runs before the next one is read: an error further down takes nothing away from those above.
   */
  function parse(program) {
    const lines = logicalLines(program)
    let at = 0

    function block(indent) {
      const statements = []
      while (at < lines.length && lines[at].indent >= indent) {
        const line = lines[at++]
        // Python has rules for tabs, and they are rarely what was meant.
        if (line.indent !== indent || line.source.startsWith("\t")) throw new Unknown(line.source, "syntax")
        const reader = new Reader(line)
        const statement = reader.finish(reader.statement())
        if (["no_grad", "for"].includes(statement.kind) && !statement.body) {
          const inner = lines[at]?.indent ?? 0
          if (inner <= indent) throw new Unknown(line.source, "syntax")
          statement.body = block(inner)
        }
        statements.push(statement)
        if (indent === 0) return statements
      }
      return statements
    }

    const statements = []
    while (at < lines.length) {
      const { line, source } = lines[at]
      try {
        statements.push(...block(0))
      } catch (error) {
        if (!(error instanceof Unknown)) throw error
        statements.push({ kind: "unreadable", line, source, error })
        return statements
      }
    }
    return statements
  }

  return { parse }
})()
