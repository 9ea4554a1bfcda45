/* Runs a program statement by statement, as Python's console does. */

playground.interpreter = (() => {
  const { Unknown, Raised, Tensor, make, filled, cast, count, isExact } = playground.tensors
  const { mode, nodeOf, inOrder, backward, grad, Node, AccumulateGrad } = playground.autograd
  const functions = playground.functions
  const { text, tuple } = playground.printing
  const MOST_STATEMENTS = 2000
  const NON_LEAF =
    "UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't " +
    "be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, " +
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the " +
    "leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
  // Names that Python has and the playground does not; another name that was not assigned is an error in Python, too.
  const BUILTINS = new Set(
    ("abs all any bin bool callable chr complex dict dir divmod enumerate eval exec filter float format frozenset getattr " +
      "globals hasattr hash help hex id input int isinstance issubclass iter len list locals map max memoryview min next " +
      "object oct open ord pow print property quit range repr reversed round set setattr slice sorted str sum super tuple " +
      "type vars zip exit copyright credits license __name__ __doc__ __builtins__ _ Exception RuntimeError ValueError").split(" "),
  )

  class Tuple {
    constructor(items) {
      this.items = items
    }

    toText(inner) {
      return tuple(this.items.map(inner))
    }
  }

  class Size extends Tuple {
    constructor(shape) {
      super(shape.map(BigInt))
    }

    toText(inner) {
      return `torch.Size([${this.items.map(inner).join(", ")}])`
    }
  }

  class Dtype {
    constructor(name) {
      this.name = name
    }

    toText() {
      return `torch.${this.name}`
    }
  }

  /** A function or a method; nothing can be done with it but call it. */
  class Callable {
    constructor(code, call) {
      Object.assign(this, { code, call })
    }

    toText() {
      throw new Unknown(this.code)
    }
  }

  const DTYPES = { float32: new Dtype("float32"), int64: new Dtype("int64"), bool: new Dtype("bool") }
  const torch = { toText: () => refuse("torch") }

  const refuse = (code) => {
    throw new Unknown(code)
  }
  const raise = (type, message) => {
    throw new Raised(type, message)
  }
  const isNumber = (value) => typeof value === "bigint" || typeof value === "number"

  function typeName(value) {
    if (value === null) return "NoneType"
    if (value instanceof Tensor) return "Tensor"
    if (value instanceof Size) return "Size"
    if (value instanceof Tuple) return "tuple"
    if (Array.isArray(value)) return "list"
    if (value instanceof Node || value instanceof AccumulateGrad) return value.name
    return { bigint: "int", number: "float", boolean: "bool", string: "str" }[typeof value] ?? refuse("")
  }

  // ---- Arguments

  /** Give the arguments of a call their names; one that is missing gets its default. */
  function bind(code, parameters, { positional, keywords }) {
    const names = Object.keys(parameters)
    if (positional.length > names.length) refuse(code)
    const given = { ...parameters }
    positional.forEach((value, at) => (given[names[at]] = value))
    for (const [name, value] of Object.entries(keywords)) {
      if (!names.includes(name) || names.indexOf(name) < positional.length) refuse(`${code.replace(/\(.*/, "")}(${name}=…)`)
      given[name] = value
    }
    return given
  }

  const truth = (value, code) => (typeof value === "boolean" ? value : refuse(code))
  const tensorOnly = (value, code) => (value instanceof Tensor ? value : refuse(code))

  // ---- Making tensors

  function finish(tensor, code, { requires_grad = false }) {
    if (truth(requires_grad, code)) {
      if (tensor.dtype !== "float32")
        raise("RuntimeError", "Only Tensors of floating point and complex dtype can require gradients")
      tensor.requiresGrad = true
    }
    return tensor
  }

  const OPTIONS = { dtype: null, requires_grad: false }
  const dtypeOf = (dtype, otherwise, code) => (dtype === null ? otherwise : dtype instanceof Dtype ? dtype.name : refuse(code))

  /** `torch.tensor`: numbers, or lists of lists of them. */
  function tensorOf(call) {
    const code = "torch.tensor"
    if (call.positional.length !== 1) refuse(code)
    const { data, ...options } = bind(code, { data: null, ...OPTIONS }, call)
    const values = []
    const shape = shapeOf(data)
    const collect = (value, depth) => {
      if (depth < shape.length) return itemsOf(value).forEach((item) => collect(item, depth + 1))
      if ((!isNumber(value) && typeof value !== "boolean") || !isExact(value)) refuse(code)
      values.push(value)
    }
    collect(data, 0)
    const kinds = new Set(values.map((value) => typeof value))
    if (kinds.has("boolean") && kinds.size > 1) refuse(code)
    const own = kinds.has("bigint") && !kinds.has("number") ? "int64" : kinds.has("boolean") ? "bool" : "float32"
    const dtype = dtypeOf(options.dtype, own, code)
    if (dtype !== own && !(dtype === "float32" && own === "int64")) refuse(`dtype=torch.${dtype}`)
    return finish(make(shape, dtype, values.map((value) => (dtype === "bool" ? value : Number(value)))), code, options)
  }

  const isList = (value) => Array.isArray(value) || value instanceof Tuple
  const itemsOf = (value) => (Array.isArray(value) ? value : value.items)

  function shapeOf(data, depth = 0) {
    if (!isList(data)) return []
    const items = itemsOf(data)
    if (!items.length) return [0]
    const inner = shapeOf(items[0], depth + 1)
    for (const item of items) {
      if (isList(item) !== isList(items[0])) refuse("torch.tensor")
      const length = isList(item) && itemsOf(item).length
      if (isList(item) && length !== inner[0])
        raise("ValueError", `expected sequence of length ${inner[0]} at dim ${depth + 1} (got ${length})`)
      if (String(shapeOf(item, depth + 1)) !== String(inner)) refuse("torch.tensor")
    }
    return [items.length, ...inner]
  }

  function arange(call) {
    const code = "torch.arange"
    const { positional } = call
    if (positional.length < 1 || positional.length > 3 || !positional.every(isNumber)) refuse(code)
    const options = bind(code, OPTIONS, { positional: [], keywords: call.keywords })
    const [start, end, step] = positional.length === 1 ? [0n, positional[0], 1n] : [...positional, 1n]
    const own = positional.every((value) => typeof value === "bigint") ? "int64" : "float32"
    const dtype = dtypeOf(options.dtype, own, code)
    if (dtype !== own && dtype !== "float32") refuse(`dtype=torch.${dtype}`)
    const [first, last, stride] = [start, end, step].map(Number)
    if (!stride) raise("RuntimeError", "step must be nonzero")
    if ((last - first) * stride < 0) raise("RuntimeError", "upper bound and lower bound inconsistent with step sign")
    const length = Math.ceil((last - first) / stride)
    if (!(length <= 1000)) throw new Unknown(1000, "large")
    const values = Array.from({ length }, (_, at) => first + at * stride)
    return finish(make([length], dtype, values), code, options)
  }

  /** A shape from sizes, or from a list or tuple of sizes. */
  function shapeFrom(positional, code) {
    const sizes = positional.length === 1 && isList(positional[0]) ? itemsOf(positional[0]) : positional
    if (!sizes.every((size) => typeof size === "bigint" && size >= 0n)) refuse(code)
    return sizes.map(Number)
  }

  const filler = (code, value) => (call) => {
    if (!call.positional.length) refuse(code)
    const options = bind(code, OPTIONS, { positional: [], keywords: call.keywords })
    const dtype = dtypeOf(options.dtype, "float32", code)
    if (dtype === "bool") refuse(`dtype=torch.${dtype}`)
    return finish(filled(shapeFrom(call.positional, code), dtype, value), code, options)
  }

  const fillerLike = (code, value) => (call) => {
    const { input, ...options } = bind(code, { input: null, ...OPTIONS }, call)
    const { shape, dtype } = tensorOnly(input, code)
    if (call.positional.length > 1) refuse(code)
    const wanted = dtypeOf(options.dtype, dtype, code)
    if (wanted === "bool") refuse("torch.bool")
    return finish(filled(shape, wanted, value), code, options)
  }

  function full(call) {
    const code = "torch.full"
    if (call.positional.length > 2) refuse(code)
    const { size, fill_value: value, ...options } = bind(code, { size: null, fill_value: null, ...OPTIONS }, call)
    if (!isList(size) || !isNumber(value)) refuse(code)
    const dtype = dtypeOf(options.dtype, typeof value === "bigint" ? "int64" : "float32", code)
    if (dtype === "bool" || (dtype === "int64" && typeof value === "number")) refuse(`dtype=torch.${dtype}`)
    return finish(filled(shapeFrom([size], code), dtype, functions.converted(value, dtype)), code, options)
  }

  // ---- What tensors can do; each takes the tensor and the arguments of the call

  const plain = (code, compute) => (tensor, call) => {
    if (call.positional.length || Object.keys(call.keywords).length) refuse(code)
    return compute(tensor)
  }

  const reduction = (code, compute) => (tensor, call) => {
    const { dim, keepdim } = bind(code, { dim: null, keepdim: false }, call)
    if (dim === null && call.keywords.keepdim !== undefined) refuse(code)
    return compute(tensor, dim, truth(keepdim, code))
  }

  const withOther = (code, compute) => (tensor, call) => {
    const { other } = bind(code, { other: null }, call)
    if (!(other instanceof Tensor)) refuse(code)
    return compute(tensor, other)
  }

  function shaped(code, dimensions, compute) {
    return withOther(code, (one, other) => {
      if (one.shape.length !== dimensions[0] || other.shape.length !== dimensions[1]) refuse(code)
      return compute(one, other)
    })
  }

  const methods = {
    sum: reduction("sum", functions.sum),
    mean: reduction("mean", functions.mean),
    dot: withOther("dot", functions.dot),
    matmul: withOther("matmul", functions.matmul),
    mm: shaped("mm", [2, 2], functions.matrixMatrix),
    mv: shaped("mv", [2, 1], functions.matrixVector),
    pow: (tensor, call) => {
      const { exponent } = bind("pow", { exponent: null }, call)
      return arithmetic("**", tensor, exponent)
    },
    clone: plain("clone", functions.clone),
    t: plain("t", functions.transpose),
    detach: plain("detach", (tensor) => tensor.view(tensor.shape, tensor.places)),
    item: plain("item", item),
    tolist: plain("tolist", (tensor) => nested(tensor)),
    numel: plain("numel", (tensor) => BigInt(tensor.size)),
    dim: plain("dim", (tensor) => BigInt(tensor.shape.length)),
    size: plain("size", (tensor) => new Size(tensor.shape)),
    requires_grad_: (tensor, call) => {
      const { requires_grad: wanted } = bind("requires_grad_", { requires_grad: true }, call)
      mark(tensor, truth(wanted, "requires_grad_"))
      return tensor
    },
    retain_grad: plain("retain_grad", retainGrad),
    zero_: plain("zero_", (tensor) => change(tensor, () => filled(tensor.shape, tensor.dtype, 0))),
    backward: runBackward,
  }
  for (const [name, compute] of Object.entries(functions.unary)) methods[name] = plain(name, compute)

  function item(tensor) {
    if (tensor.size !== 1) raise("RuntimeError", `a Tensor with ${tensor.size} elements cannot be converted to Scalar`)
    return scalar(tensor.values()[0], tensor.dtype)
  }

  const scalar = (value, dtype) => (dtype === "int64" ? BigInt(value) : value)

  function nested(tensor) {
    const values = tensor.values().map((value) => scalar(value, tensor.dtype))
    const build = (from, shape) => {
      if (!shape.length) return values[from]
      const length = count(shape.slice(1))
      return Array.from({ length: shape[0] }, (_, at) => build(from + at * length, shape.slice(1)))
    }
    return build(0, tensor.shape)
  }

  const NO_LEAF = "you can only change requires_grad flags of leaf variables."

  function mark(tensor, isWanted) {
    if (!tensor.isLeaf && !isWanted)
      raise(
        "RuntimeError",
        `${NO_LEAF} If you want to use a computed variable in a subgraph that doesn't require differentiation use ` +
          "var_no_grad = var.detach().",
      )
    if (isWanted && tensor.dtype !== "float32")
      raise("RuntimeError", "only Tensors of floating point dtype can require gradients")
    if (tensor.isLeaf) tensor.requiresGrad = isWanted
  }

  function retainGrad(tensor) {
    if (!tensor.requiresGrad) raise("RuntimeError", "can't retain_grad on Tensor that has requires_grad=False")
    if (!tensor.isLeaf && !tensor.retainsGrad) {
      tensor.retainsGrad = true
      tensor.node.retaining.push(tensor)
    }
    return null
  }

  /** Change a tensor in place, where that leaves no trace in a graph. */
  function change(tensor, compute, operand = null) {
    if (tensor.isShared) refuse("in-place")
    if (mode.isOn && tensor.requiresGrad) {
      if (!tensor.isLeaf) refuse("in-place")
      raise("RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation.")
    }
    if (tensor.requiresGrad && !tensor.isLeaf) refuse("in-place")
    if (mode.isOn && operand?.requiresGrad) refuse("in-place")
    const result = compute()
    if (String(result.shape) !== String(tensor.shape))
      raise(
        "RuntimeError",
        `output with shape [${tensor.shape.join(", ")}] doesn't match the broadcast shape [${result.shape.join(", ")}]`,
      )
    if (result.dtype !== tensor.dtype) {
      if (tensor.dtype === "bool" || result.dtype !== "float32") refuse("in-place")
      raise("RuntimeError", "result type Float can't be cast to the desired output type Long")
    }
    tensor.write(result.values())
    return tensor
  }

  // ---- Going back

  let passes = []
  let variables = new Map()
  let now = null

  /** What a backward pass did, for the picture. */
  function recorder(root) {
    const steps = []
    const ends = inOrder(root).filter((node) => node instanceof AccumulateGrad)
    const leaves = new Map(ends.map((node) => [node, snapshot(node.variable)]))
    passes.push({ root, steps, leaves, line: now.line, source: now.source, names: new Map(variables) })
    return (node, gradient, sent) => {
      const copies = sent.map((one) => one && snapshot(one))
      steps.push({ node, gradient: gradient && snapshot(gradient), sent: copies })
    }
  }

  const snapshot = (tensor) => make(tensor.shape, tensor.dtype, tensor.values())

  function runBackward(tensor, call) {
    const code = "backward"
    const given = bind(code, { gradient: null, retain_graph: null, create_graph: false }, call)
    if (truth(given.create_graph, code)) refuse("backward(create_graph=True)")
    const gradient = seed(given.gradient, tensor)
    const retain = given.retain_graph !== null && truth(given.retain_graph, code)
    const isRecorded = passes.length
    try {
      const root = tensor.requiresGrad ? nodeOf(tensor) : null
      backward(tensor, gradient, retain, root ? recorder(root) : undefined)
    } catch (error) {
      passes.length = isRecorded
      throw error
    }
    return null
  }

  /** The argument `gradient` of a backward pass; a number or a list is refused in PyTorch's words. */
  function seed(gradient) {
    if (gradient === null || gradient instanceof Tensor) return gradient
    if (isNumber(gradient) || typeof gradient === "boolean") raise("TypeError", `'${typeName(gradient)}' object is not iterable`)
    if (!isList(gradient) || !itemsOf(gradient).length) return refuse("backward(gradient=…)")
    const [first] = itemsOf(gradient)
    if (isNumber(first)) raise("TypeError", `gradients can be either Tensors or None, but got ${typeName(first)}`)
    return refuse("backward(gradient=…)")
  }

  function gradOf(call) {
    const code = "torch.autograd.grad"
    const given = bind(code, { outputs: null, inputs: null, grad_outputs: null, retain_graph: null, create_graph: false }, call)
    if (truth(given.create_graph, code)) refuse("torch.autograd.grad(create_graph=True)")
    const inputs = isList(given.inputs) ? itemsOf(given.inputs) : [given.inputs]
    if (![given.outputs, ...inputs].every((one) => one instanceof Tensor) || !inputs.length) refuse(code)
    const retain = given.retain_graph !== null && truth(given.retain_graph, code)
    return new Tuple(grad(given.outputs, inputs, seed(given.grad_outputs), retain))
  }

  const torchFunctions = {
    tensor: tensorOf,
    arange,
    zeros: filler("torch.zeros", 0),
    ones: filler("torch.ones", 1),
    zeros_like: fillerLike("torch.zeros_like", 0),
    ones_like: fillerLike("torch.ones_like", 1),
    full,
    equal: (call) => {
      const { input, other } = bind("torch.equal", { input: null, other: null }, call)
      const [one, two] = [input, other].map((value) => tensorOnly(value, "torch.equal"))
      if (one.dtype !== two.dtype) refuse("torch.equal")
      return String(one.shape) === String(two.shape) && functions.compare("==", one, two).values().every(Boolean)
    },
    pow: ({ positional, keywords }) => {
      if (positional.length !== 2 || Object.keys(keywords).length) refuse("torch.pow")
      return arithmetic("**", ...positional)
    },
  }
  // The functions that are methods as well: the first argument is the tensor.
  for (const name of [...Object.keys(functions.unary), "sum", "mean", "dot", "matmul", "mm", "mv", "clone", "t"])
    torchFunctions[name] = ({ positional: [input, ...rest], keywords }) => {
      const code = `torch.${name}`
      if (isNumber(input) || typeof input === "boolean" || Array.isArray(input) || input === null) {
        if (!["sum", "mean"].includes(name) && !rest.length && !Object.keys(keywords).length)
          raise("TypeError", `${name}(): argument 'input' (position 1) must be Tensor, not ${typeName(input)}`)
      }
      return methods[name](tensorOnly(input, code), { positional: rest, keywords })
    }

  const builtins = {
    print: ({ positional, keywords }) => {
      if (Object.keys(keywords).length) refuse("print(…=…)")
      printed(positional.map((value) => (typeof value === "string" ? value : text(value))).join(" "))
      return null
    },
    len: ({ positional: [value, ...rest], keywords }) => {
      if (rest.length || Object.keys(keywords).length) refuse("len")
      if (value instanceof Tensor)
        return value.shape.length ? BigInt(value.shape[0]) : raise("TypeError", "len() of a 0-d tensor")
      return isList(value) ? BigInt(itemsOf(value).length) : refuse("len")
    },
    abs: ({ positional: [value, ...rest], keywords }) => {
      if (rest.length || Object.keys(keywords).length) refuse("abs")
      if (value instanceof Tensor) return functions.unary.abs(value)
      return isNumber(value) ? (value < 0 ? -value : value) : refuse("abs")
    },
  }

  // ---- Attributes

  function attribute(value, name, code) {
    if (value === torch) {
      if (Object.hasOwn(torchFunctions, name)) return new Callable(code, torchFunctions[name])
      if (name === "autograd") return { isAutograd: true, toText: () => refuse(code) }
      if (Object.hasOwn(DTYPES, name)) return DTYPES[name]
      return { float: DTYPES.float32, long: DTYPES.int64 }[name] ?? { pi: Math.PI, inf: Infinity, nan: NaN }[name] ?? refuse(code)
    }
    if (value?.isAutograd && name === "grad") return new Callable(code, gradOf)
    if (value === null) {
      if (name.startsWith("__")) refuse(code)
      raise("AttributeError", `'NoneType' object has no attribute '${name}'`)
    }
    if (value instanceof Node || value instanceof AccumulateGrad) return attributeOfNode(value, name, code)
    if (!(value instanceof Tensor)) return refuse(code)
    if (Object.hasOwn(methods, name)) return new Callable(code, (call) => methods[name](value, call))
    switch (name) {
      case "grad":
        if (!value.isLeaf && !value.retainsGrad && !value.grad) printed(NON_LEAF)
        return value.grad
      case "grad_fn": return value.node
      case "is_leaf": return value.isLeaf
      case "requires_grad": return value.requiresGrad
      case "retains_grad": return value.retainsGrad
      case "shape": return new Size(value.shape)
      case "dtype": return DTYPES[value.dtype]
      case "ndim": return BigInt(value.shape.length)
      case "_version": return BigInt(value.storage.version)
      case "T": return value.shape.length === 2 ? functions.permute(value) : refuse(code)
    }
    return refuse(code)
  }

  function attributeOfNode(node, name, code) {
    if (name === "name") return new Callable(code, plainCall(code, () => node.fullName))
    if (name === "next_functions") return new Tuple(node.edges.map((edge) => new Tuple([edge, 0n])))
    if (name === "variable" && node instanceof AccumulateGrad) return node.variable
    return refuse(code)
  }

  const plainCall = (code, compute) => (call) => plain(code, compute)(null, call)

  function setAttribute(value, name, to, code) {
    if (!(value instanceof Tensor)) refuse(code)
    if (name === "requires_grad") {
      if (truth(to, code) && !value.isLeaf) raise("RuntimeError", NO_LEAF)
      if (to && value.dtype !== "float32")
        raise("RuntimeError", "only Tensors of floating point and complex dtype can require gradients")
      return mark(value, to)
    }
    if (name === "grad_fn")
      raise("AttributeError", "attribute 'grad_fn' of 'torch._C.TensorBase' objects is not writable")
    if (name !== "grad" || !value.isLeaf) refuse(code)
    if (to === null) value.grad = null
    else {
      if (!(to instanceof Tensor) || to.isShared || to.requiresGrad || to.dtype !== value.dtype || to === value) refuse(code)
      if (String(to.shape) !== String(value.shape) || to.shape.length !== value.shape.length) refuse(code)
      value.grad = to
    }
  }

  // ---- Operators

  /** Compute with two values; `written` is the operator as the reader wrote it. */
  function arithmetic(symbol, left, right, written = symbol) {
    if (left instanceof Tensor || right instanceof Tensor) return ofTensors(symbol, left, right, written)
    if (!isNumber(left) || !isNumber(right)) {
      if ([left, right].every((value) => value === null || isNumber(value)))
        raise("TypeError", `unsupported operand type(s) for ${named(written)}: '${typeName(left)}' and '${typeName(right)}'`)
      refuse(symbol)
    }
    const isInteger = typeof left === "bigint" && typeof right === "bigint"
    const [a, b] = isInteger ? [left, right] : [Number(left), Number(right)]
    switch (symbol) {
      case "+": return a + b
      case "-": return a - b
      case "*": return a * b
      case "/":
        if (!Number(b)) refuse("/ 0")
        if (isInteger && ![a, b].every(isExact)) refuse("/")
        return Number(a) / Number(b)
      case "**":
        if (isInteger && b >= 0n && b <= 64n && isExact(a)) return a ** b
        if (Number(a) <= 0 || !Number.isFinite(Number(a) ** Number(b))) refuse("**")
        return Number(a) ** Number(b)
    }
    return refuse(symbol)
  }

  const named = (written) => (written === "**" ? "** or pow()" : written)

  function ofTensors(symbol, left, right, written) {
    const isOperand = (value) => value instanceof Tensor || (isNumber(value) && symbol !== "@")
    if (!isOperand(left) || !isOperand(right)) {
      const other = left instanceof Tensor ? right : left
      const isKnown = other === null || isNumber(other) || (typeof other === "string" && left instanceof Tensor)
      if (!isKnown) refuse(symbol)
      raise("TypeError", `unsupported operand type(s) for ${named(written)}: '${typeName(left)}' and '${typeName(right)}'`)
    }
    const compute = {
      "+": functions.plus, "-": functions.minus, "*": functions.times, "/": functions.over, "**": functions.toThe,
      "@": functions.matmul,
    }[symbol]
    return compute ? compute(left, right) : refuse(symbol)
  }

  function comparison(symbol, left, right) {
    const isTensor = [left, right].some((value) => value instanceof Tensor)
    if (isTensor && [left, right].every((value) => value instanceof Tensor || isNumber(value)))
      return functions.compare(symbol, left, right)
    if (left instanceof Dtype && right instanceof Dtype && ["==", "!="].includes(symbol))
      return (left === right) === (symbol === "==")
    if (left instanceof Size && right instanceof Size && ["==", "!="].includes(symbol))
      return (text(left) === text(right)) === (symbol === "==")
    if (!isNumber(left) || !isNumber(right)) refuse(symbol)
    switch (symbol) {
      case "==": return left == right
      case "!=": return left != right
      case "<": return left < right
      case "<=": return left <= right
      case ">": return left > right
      default: return left >= right
    }
  }

  function negative(value) {
    if (value instanceof Tensor) return functions.unary.neg(value)
    return isNumber(value) ? -value : refuse("-")
  }

  function isSame(left, right) {
    if ([left, right].some((value) => isNumber(value) || typeof value === "string" || isList(value))) refuse("is")
    return left === right
  }

  // ---- Indices

  function bound(value, otherwise) {
    if (value === null) return otherwise
    if (typeof value !== "bigint") refuse("[ : ]")
    return Number(value)
  }

  function indexed(value, { items, isTuple }, evaluate) {
    if (isList(value)) {
      const list = itemsOf(value)
      if (isTuple || items[0].kind === "slice") refuse("[…]")
      const at = evaluate(items[0])
      if (typeof at !== "bigint") refuse("[…]")
      const position = at < 0n ? Number(at) + list.length : Number(at)
      if (position < 0 || position >= list.length)
        raise("IndexError", `${value instanceof Tuple ? "tuple" : "list"} index out of range`)
      return list[position]
    }
    if (!(value instanceof Tensor)) refuse("[…]")
    const indices = items.map((one) => (one.kind === "slice" ? one.bounds.map((part) => part && evaluate(part)) : evaluate(one)))
    for (const index of indices)
      if (typeof index === "number" && !isTuple && value.shape.length)
        raise(
          "IndexError",
          "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)",
        )
      else if (!Array.isArray(index) && typeof index !== "bigint") refuse("[…]")
    if (items.some((one, at) => one.kind !== "slice" && Array.isArray(indices[at]))) refuse("[…]")
    if (!value.shape.length && !isTuple) return raise("IndexError", ofScalar(indices[0]))
    if (indices.length > value.shape.length)
      raise("IndexError", `too many indices for tensor of dimension ${value.shape.length}`)
    const { tensor } = indices.reduce(step, { tensor: value, dimension: 0, isAlone: !isTuple })
    return tensor === value ? functions.alias(value) : tensor
  }

  /** What is said about an index of a tensor without dimensions. */
  function ofScalar(index) {
    if (Array.isArray(index)) return "slice() cannot be applied to a 0-dim tensor."
    if (index !== 0n) return `index ${index} is out of bounds for dimension 0 with size 0`
    return (
      "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim " +
      "tensor to a number"
    )
  }

  /** Take one index of several; one that leaves its dimension whole records nothing, unless it is the only one. */
  function step({ tensor, dimension, isAlone }, index, number) {
    if (typeof index === "bigint") {
      const position = Number(index)
      if (Math.abs(position) > 1e6) refuse("[…]")
      return { tensor: functions.select(tensor, dimension, position, number), dimension, isAlone }
    }
    const size = tensor.shape[dimension]
    const [start, stop, stride] = [bound(index[0], 0), bound(index[1], size), bound(index[2], 1)]
    const isWhole = start === 0 && stop >= size && stride === 1
    const part = isWhole && !isAlone ? tensor : functions.slice(tensor, dimension, { start, stop, step: stride })
    return { tensor: part, dimension: dimension + 1, isAlone }
  }

  // ---- Expressions and statements

  let printed = () => {}

  function evaluate(node) {
    switch (node.kind) {
      case "constant": return node.value
      case "brackets": return evaluate(node.value)
      case "name": return lookUp(node.name)
      case "tuple": return new Tuple(node.items.map(evaluate))
      case "list": return node.items.map(evaluate)
      case "attribute": return attribute(evaluate(node.value), node.name, codeOf(node))
      case "index": return indexed(evaluate(node.value), node.index, evaluate)
      case "operation": {
        const [left, right] = [evaluate(node.left), evaluate(node.right)]
        return arithmetic(node.symbol, left, right)
      }
      case "comparison": {
        const [left, right] = [evaluate(node.left), evaluate(node.right)]
        return comparison(node.symbol, left, right)
      }
      case "is": return isSame(evaluate(node.left), evaluate(node.right)) !== node.isNegated
      case "not": {
        const value = evaluate(node.operand)
        return typeof value === "boolean" ? !value : refuse("not")
      }
      case "sign": {
        const value = evaluate(node.operand)
        if (node.symbol === "-") return negative(value)
        return isNumber(value) || value instanceof Tensor ? value : refuse("+")
      }
      case "call": {
        const callee = evaluate(node.callee)
        if (!(callee instanceof Callable)) refuse(`${codeOf(node.callee)}()`)
        const positional = node.positional.map(evaluate)
        const keywords = Object.fromEntries(Object.entries(node.keywords).map(([name, value]) => [name, evaluate(value)]))
        return callee.call({ positional, keywords })
      }
    }
    return refuse(codeOf(node))
  }

  /** What to call an expression in a sentence. */
  function codeOf(node) {
    if (node.kind === "name") return node.name
    if (node.kind === "attribute") return `${codeOf(node.value)}.${node.name}`
    return "…"
  }

  function lookUp(name) {
    if (variables.has(name)) return variables.get(name)
    if (Object.hasOwn(builtins, name)) return new Callable(name, builtins[name])
    if (name === "torch") return torch
    if (BUILTINS.has(name) || /^[A-Z]\w*(?:Error|Warning|Exit|Interrupt)$/.test(name) || name.startsWith("__")) refuse(name)
    return raise("NameError", `name '${name}' is not defined`)
  }

  function assign(target, value) {
    if (target.kind === "name") variables.set(target.name, value)
    else if (target.kind === "attribute") setAttribute(evaluate(target.value), target.name, value, codeOf(target))
    else if (target.kind === "index") setItem(target, value)
    else {
      if (!isList(value) || itemsOf(value).length !== target.items.length) refuse("=")
      target.items.forEach((one, at) => assign(one, itemsOf(value)[at]))
    }
  }

  function setItem(target, value) {
    const whole = evaluate(target.value)
    if (!(whole instanceof Tensor) || whole.isShared) refuse("[…] =")
    if (!isNumber(value) && !(value instanceof Tensor)) refuse("[…] =")
    const part = indexed(whole.view(whole.shape, whole.places), target.index, evaluate)
    if (mode.isOn && whole.requiresGrad) {
      if (!whole.isLeaf || value.requiresGrad) refuse("[…] =")
      raise("RuntimeError", "a view of a leaf Variable that requires grad is being used in an in-place operation.")
    }
    if (whole.requiresGrad && !whole.isLeaf) refuse("[…] =")
    if (mode.isOn && value.requiresGrad) refuse("[…] =")
    const dtype = typeof value === "bigint" ? "int64" : "float32"
    const given = value instanceof Tensor ? value : make([], dtype, [functions.converted(value, dtype)])
    if (given.dtype !== part.dtype && part.dtype !== "float32") refuse("[…] =")
    if (given.size !== 1 && String(given.shape) !== String(part.shape)) refuse("[…] =")
    const values = cast(given, part.dtype).values()
    part.write(part.places.map((_, at) => values[given.size === 1 ? 0 : at]))
  }

  /** `x += …`: a tensor changes in place, and everything else is assigned anew. */
  function update({ target, symbol, value }) {
    if (target.kind === "index") refuse(`[…] ${symbol}=`)
    const before = evaluate(target)
    const operand = evaluate(value)
    if (!(before instanceof Tensor)) return assign(target, arithmetic(symbol, before, operand, `${symbol}=`))
    if (symbol === "@" || symbol === "**" || !(isNumber(operand) || operand instanceof Tensor)) refuse(`${symbol}=`)
    const compute = () => {
      const isOn = mode.isOn
      mode.isOn = false
      try {
        return arithmetic(symbol, before, operand)
      } finally {
        mode.isOn = isOn
      }
    }
    change(before, compute, operand)
    if (target.kind === "attribute" && target.name !== "grad") refuse(codeOf(target))
  }

  let executed = 0

  function execute(statement) {
    if (++executed > MOST_STATEMENTS) throw new Unknown(MOST_STATEMENTS, "long")
    switch (statement.kind) {
      case "import": return
      case "unreadable": throw statement.error
      case "expression": {
        const value = evaluate(statement.value)
        if (value !== null) printed(text(value))
        return
      }
      case "assignment": return assign(statement.target, evaluate(statement.value))
      case "update": return update(statement)
      case "no_grad": {
        const isOn = mode.isOn
        mode.isOn = false
        try {
          statement.body.forEach(execute)
        } finally {
          mode.isOn = isOn
        }
        return
      }
      case "for": {
        const { positional, keywords } = statement.range
        const [limit, ...rest] = positional.map(evaluate)
        if (rest.length || Object.keys(keywords).length || typeof limit !== "bigint") refuse("range")
        for (let round = 0n; round < limit; round++) {
          variables.set(statement.name, round)
          statement.body.forEach(execute)
        }
      }
    }
  }

  /**
   * Run a program, as if each statement were typed at Python's prompt: after an error the next one runs all the same.
   *
   * Returns:
   *   results: for each statement its line, its source, what it printed, and its `error`: `{ type, message }` of an
   *     exception, or `{ unknown, reason }`. After something unknown nothing runs, for it may depend on it.
   *   variables: the values by their names.
   *   passes: the backward passes, for the picture.
   */
  function run(program) {
    variables = new Map()
    passes = []
    executed = 0
    mode.isOn = true
    const results = []
    for (const statement of playground.parser.parse(program)) {
      const result = { line: statement.line, source: statement.source, printed: [], error: null }
      results.push(result)
      now = statement
      printed = (line) => result.printed.push(line)
      try {
        execute(statement)
      } catch (error) {
        if (error instanceof Raised) result.error = { type: error.type, message: error.message }
        else if (error instanceof Unknown) {
          result.error = { unknown: String(error.code), reason: error.reason }
          break
        } else throw error
      }
    }
    return { results, variables, passes }
  }

  return { run, inOrder, nodeOf }
})()
