/* Values as Python's console prints them; tensors as `torch/_tensor_str.py` does, with its default options. */

playground.printing = (() => {
  const { Tensor } = playground.tensors
  const LINE_WIDTH = 80
  const DIGITS = 4

  /** Write a number with some digits after the point; as in Python, what lies in the middle goes to the even digit. */
  function decimals(value, digits, isScientific) {
    if (Number.isNaN(value)) return "nan"
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf"
    const sign = value < 0 || Object.is(value, -0) ? "-" : ""
    const exact = Math.abs(value).toExponential(60)
    let [figures, power] = exact.split("e").map((part) => part.replace(".", ""))
    power = Number(power)
    const kept = isScientific ? digits + 1 : power + 1 + digits
    let whole = kept < 0 ? 0n : BigInt(figures.slice(0, kept) || "0")
    const rest = kept < 0 ? "0" : figures.slice(kept)
    const half = "5".padEnd(rest.length, "0")
    if (rest > half || (rest === half && whole % 2n)) whole++
    let text = String(whole)
    if (!isScientific) {
      text = text.padStart(digits + 1, "0")
      return sign + (digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text)
    }
    if (text.length > kept) power++
    const exponent = String(Math.abs(power)).padStart(2, "0")
    return `${sign}${text[0]}.${text.slice(1, kept).padEnd(digits, "0")}e${power < 0 ? "-" : "+"}${exponent}`
  }

  /** Choose one form for all numbers of a tensor, and return how to write each of them. */
  function formatter(tensor) {
    const values = tensor.values()
    if (tensor.dtype !== "float32") {
      const text = tensor.dtype === "bool" ? (value) => (value ? "True" : "False") : (value) => String(value + 0)
      return padded(text, values)
    }
    const finite = values.filter((value) => Number.isFinite(value) && value !== 0)
    const sizes = finite.map(Math.abs)
    const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)]
    const isInteger = finite.every(Number.isInteger)
    const isScientific = finite.length > 0 && (largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4)
    const text = (value) =>
      isScientific ? decimals(value, DIGITS, true)
      : !isInteger ? decimals(value, DIGITS)
      : decimals(value, 0) + (Number.isFinite(value) ? "." : "")
    return padded(text, finite)
  }

  function padded(text, values) {
    const width = Math.max(1, ...values.map((value) => text(value).length))
    return { width, format: (value) => text(value).padStart(width) }
  }

  function body(values, shape, indent, { width, format }) {
    if (!shape.length) return format(values[0])
    if (shape.length === 1) {
      const each = Math.max(1, Math.floor((LINE_WIDTH - indent) / (width + 2)))
      const texts = values.map(format)
      const lines = []
      for (let at = 0; at < texts.length; at += each) lines.push(texts.slice(at, at + each).join(", "))
      return `[${lines.join(`,\n${" ".repeat(indent + 1)}`)}]`
    }
    const length = values.length / shape[0]
    const parts = Array.from({ length: shape[0] }, (_, at) =>
      body(values.slice(at * length, (at + 1) * length), shape.slice(1), indent + 1, { width, format }),
    )
    return `[${parts.join(`,${"\n".repeat(shape.length - 1)}${" ".repeat(indent + 1)}`)}]`
  }

  function tensorText(tensor) {
    const prefix = "tensor("
    const suffixes = []
    if (!tensor.size) {
      if (tensor.shape.length !== 1) suffixes.push(`size=${tuple(tensor.shape.map(String))}`)
      if (tensor.dtype !== "float32") suffixes.push(`dtype=torch.${tensor.dtype}`)
    }
    if (tensor.node) suffixes.push(`grad_fn=<${tensor.node.name}>`)
    else if (tensor.requiresGrad) suffixes.push("requires_grad=True")
    let text = prefix + (tensor.size ? body(tensor.values(), tensor.shape, prefix.length, formatter(tensor)) : "[]")
    let last = text.length - text.lastIndexOf("\n") + 1
    for (const suffix of suffixes) {
      const fits = last + suffix.length + 2 <= LINE_WIDTH
      text += fits ? `, ${suffix}` : `,\n${" ".repeat(prefix.length)}${suffix}`
      last = fits ? last + suffix.length + 2 : prefix.length + suffix.length
    }
    return `${text})`
  }

  const tuple = (texts) => (texts.length === 1 ? `(${texts[0]},)` : `(${texts.join(", ")})`)

  /** Write a float as Python does: the shortest digits that mean it. */
  function float(value) {
    if (!Number.isFinite(value)) return decimals(value)
    if (Object.is(value, -0)) return "-0.0"
    const size = Math.abs(value)
    if (size && (size < 1e-4 || size >= 1e16)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2")
    return Number.isInteger(value) ? `${BigInt(value)}.0` : String(value)
  }

  /** The `repr` of a value. */
  function text(value) {
    if (value instanceof Tensor) return tensorText(value)
    if (value === null) return "None"
    switch (typeof value) {
      case "boolean": return value ? "True" : "False"
      case "bigint": return String(value)
      case "number": return float(value)
      case "string": return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replace(/'/g, "\\'")}'`
    }
    if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`
    return value.toText(text)
  }

  return { text, tuple, decimals }
})()
