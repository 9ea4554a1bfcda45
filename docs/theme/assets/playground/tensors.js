/* Tensors: shapes, dtypes, memory that several tensors can share, and arithmetic without derivatives.
 *
 * The playground is a small PyTorch in the reader's browser. A reader can rely on it because it stops where it is not
 * sure: what it does not know is `Unknown`; an exception that PyTorch raises too is `Raised`, in PyTorch's words.
 */

const playground = {}

playground.tensors = (() => {
  const MOST_ELEMENTS = 1000
  const LARGEST_INTEGER = 2 ** 53

  /** Something that PyTorch may know, and the playground does not. `reason` names a sentence in page.js. */
  class Unknown extends Error {
    constructor(code, reason = "unknown") {
      super(`${reason}: ${code}`)
      Object.assign(this, { code, reason })
    }
  }

  /** An exception of Python or PyTorch. */
  class Raised extends Error {
    constructor(type, message) {
      super(message)
      this.type = type
    }
  }

  /** What a tensor reads from: numbers, and how often they were written to. */
  class Storage {
    version = 0

    constructor(data) {
      this.data = data
    }
  }

  /** `places` says where in the storage each element lies, in the order of the elements. */
  class Tensor {
    #node = null
    #nodeIsFrom = 0
    grad = null
    requiresGrad = false
    retainsGrad = false
    accumulator = null
    isView = false

    constructor(shape, dtype, storage, places = storage.data.map((_, place) => place)) {
      Object.assign(this, { shape, dtype, storage, places })
    }

    get size() {
      return this.places.length
    }

    /** Whether this view was recorded and its memory changed since: PyTorch then gives it another node. */
    get isStale() {
      return this.isView && this.#node !== null && this.#nodeIsFrom !== this.storage.version
    }

    /** What computed it. */
    get node() {
      if (this.isStale) throw new Unknown("in-place")
      return this.#node
    }

    set node(node) {
      this.#node = node
      this.#nodeIsFrom = this.storage.version
    }

    get isLeaf() {
      return this.#node === null
    }

    values() {
      return this.places.map((place) => this.storage.data[place])
    }

    /** Another tensor in the same memory. */
    view(shape, places = this.places) {
      return Object.assign(new Tensor(shape, this.dtype, this.storage, places), { isView: true })
    }

    write(values) {
      this.places.forEach((place, at) => (this.storage.data[place] = values[at]))
      this.storage.version++
    }
  }

  const count = (shape) => shape.reduce((product, size) => product * size, 1)

  /** Return a new tensor; its values are rounded to its dtype. */
  function make(shape, dtype, values) {
    if (values.length > MOST_ELEMENTS) throw new Unknown(MOST_ELEMENTS, "large")
    const round = { float32: Math.fround, int64: integer, bool: Boolean }[dtype]
    return new Tensor(shape, dtype, new Storage(values.map((value) => round(value))))
  }

  /** Whether JavaScript keeps a number of Python as it is; a float always. */
  const isExact = (value) => typeof value !== "bigint" || Math.abs(Number(value)) <= LARGEST_INTEGER

  function integer(value) {
    if (!(Math.abs(value) <= LARGEST_INTEGER)) throw new Unknown("2**53", "integer")
    // There is no negative zero among integers.
    return Number(value) + 0
  }

  function filled(shape, dtype, value) {
    if (count(shape) > MOST_ELEMENTS) throw new Unknown(MOST_ELEMENTS, "large")
    return make(shape, dtype, Array(count(shape)).fill(value))
  }

  const cast = (tensor, dtype) => (tensor.dtype === dtype ? tensor : make(tensor.shape, dtype, tensor.values()))

  /** The dtype of a result: numbers with a point win over integers, and these over truth values. */
  const promote = (...dtypes) => ["float32", "int64", "bool"].find((dtype) => dtypes.includes(dtype))

  function broadcastShape(one, other) {
    const dimensions = Math.max(one.length, other.length)
    const shape = []
    for (let dimension = dimensions - 1; dimension >= 0; dimension--) {
      const a = one[dimension - dimensions + one.length] ?? 1
      const b = other[dimension - dimensions + other.length] ?? 1
      if (a !== b && a !== 1 && b !== 1)
        throw new Raised(
          "RuntimeError",
          `The size of tensor a (${a}) must match the size of tensor b (${b}) at non-singleton dimension ${dimension}`,
        )
      shape.unshift(a === 1 ? b : a)
    }
    return shape
  }

  /** For each element of `shape`, the number of the element of a smaller shape that it is computed from. */
  function sources(from, shape) {
    let numbers = [0]
    shape.forEach((size, dimension) => {
      const own = from[dimension - shape.length + from.length] ?? 1
      const stride = own === 1 ? 0 : count(from.slice(dimension - shape.length + from.length + 1))
      numbers = numbers.flatMap((number) => Array.from({ length: size }, (_, at) => number + at * stride))
    })
    return numbers
  }

  function expand(tensor, shape) {
    const values = tensor.values()
    return make(shape, tensor.dtype, sources(tensor.shape, shape).map((source) => values[source]))
  }

  const map = (tensor, dtype, compute) => make(tensor.shape, dtype, tensor.values().map(compute))

  /** Compute element by element; both operands take the dtype `operands` first. */
  function zip(one, other, compute, dtype = promote(one.dtype, other.dtype), operands = dtype) {
    const shape = broadcastShape(one.shape, other.shape)
    if (count(shape) > MOST_ELEMENTS) throw new Unknown(MOST_ELEMENTS, "large")
    const [left, right] = [one, other].map((tensor) => expand(cast(tensor, operands), shape).values())
    return make(shape, dtype, left.map((value, at) => compute(value, right[at])))
  }

  const add = (one, other) => zip(one, other, (a, b) => a + b)
  const subtract = (one, other) => zip(one, other, (a, b) => a - b)
  const multiply = (one, other) => zip(one, other, (a, b) => a * b)
  const divide = (one, other) => zip(one, other, (a, b) => a / b, "float32")

  const total = (values, dtype) =>
    values.reduce((sum, value) => (dtype === "float32" ? Math.fround(sum + value) : sum + value), 0)

  /** Add up along some dimensions, which stay as dimensions of size 1 or go. */
  function sumOver(tensor, dimensions, keep, dtype = tensor.dtype === "bool" ? "int64" : tensor.dtype) {
    const small = tensor.shape.map((size, at) => (dimensions.includes(at) ? 1 : size))
    const groups = Array.from({ length: count(small) }, () => [])
    const to = sources(small, tensor.shape)
    tensor.values().forEach((value, at) => groups[to[at]].push(Number(value)))
    const shape = keep ? small : tensor.shape.filter((_, at) => !dimensions.includes(at))
    return make(shape, dtype, groups.map((group) => total(group, dtype)))
  }

  /** Undo a broadcast: add up what came from the same element. */
  function sumTo(tensor, shape) {
    if (String(tensor.shape) === String(shape)) return tensor
    const extra = tensor.shape.length - shape.length
    const grown = tensor.shape.map((_, at) => at).filter((at) => at < extra || shape[at - extra] === 1)
    return make(shape, tensor.dtype, sumOver(tensor, grown, true).values())
  }

  /** Multiply matrices. */
  function multiplyMatrices(one, other) {
    const [rows, inner] = one.shape
    const columns = other.shape[1]
    const [left, right] = [one.values(), other.values()]
    const values = []
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const products = Array.from({ length: inner }, (_, at) => left[row * inner + at] * right[at * columns + column])
        values.push(total(products.map(one.dtype === "float32" ? Math.fround : Number), one.dtype))
      }
    return make([rows, columns], one.dtype, values)
  }

  const reshaped = (tensor, shape) => make(shape, tensor.dtype, tensor.values())

  /** The same memory with its dimensions in reverse. */
  function transposed(tensor) {
    if (tensor.shape.length < 2) return tensor.view(tensor.shape, tensor.places)
    const [rows, columns] = tensor.shape
    const places = Array.from({ length: rows * columns }, (_, at) => tensor.places[(at % rows) * columns + Math.floor(at / rows)])
    return tensor.view([columns, rows], places)
  }

  return {
    Unknown, Raised, Tensor, make, filled, cast, promote, count, broadcastShape, sources, expand, map, zip,
    add, subtract, multiply, divide, sumOver, sumTo, multiplyMatrices, reshaped, transposed, isExact,
  }
})()
