/* The operations: what each computes, which node it records, what that node saves, and its derivative. */

playground.functions = (() => {
  const { Unknown, Raised, Tensor, make, filled, cast, promote, count, map, zip, isExact } = playground.tensors
  const { add, subtract, multiply, divide, sumOver, multiplyMatrices, reshaped, transposed, expand } = playground.tensors
  const { record, needs } = playground.autograd
  const { text } = playground.printing

  const refuse = (code) => {
    throw new Unknown(code)
  }

  /** A number of Python as a tensor; it yields to the dtype of the tensor that it meets. */
  function wrapped(value, tensor) {
    const isFloat = typeof value === "number"
    const dtype = promote(tensor.dtype, isFloat ? "float32" : "int64")
    return make([], dtype, [converted(value, dtype)])
  }

  /** A number of Python for a dtype; PyTorch has messages of its own for one that is too large. */
  function converted(value, dtype) {
    const number = Number(value)
    const isTooLarge = dtype === "float32" && Number.isFinite(number) && !Number.isFinite(Math.fround(number))
    if (isTooLarge || !isExact(value)) refuse(text(value))
    return number
  }

  /** Both operands of an operation as tensors. */
  function operands(one, other) {
    if (!(one instanceof Tensor)) one = wrapped(one, other)
    if (!(other instanceof Tensor)) other = wrapped(other, one)
    if (one.dtype === "bool" && other.dtype === "bool") refuse("torch.bool")
    return [one, other]
  }

  const negative = (tensor) => map(tensor, tensor.dtype, (value) => -value)

  // ---- Element by element, of two operands. A number stands second in the graph, on whichever side it is written.

  function plus(one, other) {
    if (!(one instanceof Tensor)) [one, other] = [other, one]
    const [a, b] = operands(one, other)
    return record(add(a, b), "AddBackward0", [a, b], [], (grad) => [grad, grad])
  }

  function minus(one, other) {
    const [a, b] = operands(one, other)
    if (a.dtype === "bool" || b.dtype === "bool") refuse("torch.bool")
    const result = subtract(a, b)
    // A number minus a tensor is the operation `rsub` of the tensor.
    if (!(one instanceof Tensor)) return record(result, "RsubBackward1", [b], [], (grad) => [negative(grad)])
    return record(result, "SubBackward0", [a, b], [], (grad) => [grad, negative(grad)])
  }

  /** Those of two operands that a node saves, because the gradient of the other one needs them; it asks for the second first. */
  const forTheOther = (a, b) => [needs(a) && b, needs(b) && a].filter(Boolean)

  function times(one, other) {
    if (!(one instanceof Tensor)) [one, other] = [other, one]
    const [a, b] = operands(one, other)
    const derive = (grad) => [multiply(grad, b), multiply(grad, a)]
    return record(multiply(a, b), "MulBackward0", [a, b], forTheOther(a, b), derive)
  }

  function over(one, other) {
    if (!(one instanceof Tensor)) return times(reciprocal(other), one)
    const [a, b] = operands(one, other)
    if (a.dtype === "bool" || b.dtype === "bool") refuse("torch.bool")
    const derive = (grad) => [
      divide(grad, b),
      multiply(negative(grad), divide(divide(a, b), b)),
    ]
    return record(divide(a, b), "DivBackward0", [a, b], needs(b) ? [b, a] : [b], derive)
  }

  /** Raise a number to a power as PyTorch does, which multiplies for small exponents. */
  function raise(base, exponent) {
    switch (exponent) {
      case 0.5: return Math.sqrt(base)
      case 2: return base * base
      case 3: return Math.fround(base * base) * base
      case -0.5: return 1 / Math.fround(Math.sqrt(base))
      case -1: return 1 / base
      case -2: return 1 / Math.fround(base * base)
    }
    // Only JavaScript says that 1 ** NaN and (-1) ** Infinity are NaN.
    if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1
    return base ** exponent
  }

  const power = (base, exponent) => map(base, base.dtype, (value) => raise(value, exponent))

  function toThe(one, other) {
    const [base, exponent] = operands(one, other)
    if (base.dtype === "bool" || exponent.dtype === "bool") refuse("torch.bool")
    const dtype = promote(base.dtype, exponent.dtype)
    if (dtype === "int64" && exponent.values().some((value) => value < 0)) {
      if (one instanceof Tensor && !(other instanceof Tensor))
        throw new Raised("RuntimeError", "Integers to negative integer powers are not allowed.")
      refuse("**")
    }
    if (!(other instanceof Tensor)) {
      const number = Number(other)
      const result = power(cast(base, dtype), dtype === "float32" ? number : Math.trunc(number))
      const derive = (grad) => [
        number === 0 ? filled(base.shape, "float32", 0)
        : multiply(grad, multiply(power(base, number - 1), filled([], "float32", number))),
      ]
      return record(result, "PowBackward0", [base], [base], derive)
    }
    const result = zip(base, exponent, raise)
    const toExponent = (grad) => {
      const isZero = zip(base, exponent, (b, e) => (b === 0 && e >= 0 ? 1 : 0))
      const slope = multiply(grad, multiply(result, map(cast(base, "float32"), "float32", Math.log)))
      return zip(isZero, slope, (zero, value) => (zero ? 0 : value), "float32")
    }
    const toBase = (grad) => {
      const lower = subtract(cast(exponent, "float32"), filled([], "float32", 1))
      const slope = multiply(grad, multiply(exponent, zip(cast(base, "float32"), lower, raise)))
      return zip(exponent, slope, (e, value) => (e === 0 ? 0 : value), "float32")
    }
    if (!(one instanceof Tensor)) return record(result, "PowBackward2", [exponent], [exponent, result], (grad) => [toExponent(grad)])
    const saved = needs(exponent) ? [base, exponent, result] : [base, exponent]
    return record(result, "PowBackward1", [base, exponent], saved, (grad) => [
      toBase(grad),
      toExponent(grad),
    ])
  }

  // ---- Element by element, of one operand

  const constant = (value) => filled([], "float32", value)

  /**
   * An operation on each element.
   *
   * `saves` is what the derivative needs, the input or the result; `derive` gets the gradient and that.
   */
  function elementwise(name, compute, saves, derive, keepsIntegers = false) {
    return (input) => {
      if (input.dtype === "bool") refuse("torch.bool")
      const result = map(input, keepsIntegers ? input.dtype : "float32", compute)
      const saved = { input, result }[saves]
      return record(result, name, [input], saved ? [saved] : [], (grad) => [derive(grad, saved)])
    }
  }

  const sign = (value) => (value > 0 ? 1 : value < 0 ? -1 : 0)
  const ONE = constant(1)
  const apply = (tensor, compute) => map(tensor, "float32", compute)
  const reciprocal = elementwise("ReciprocalBackward0", (value) => 1 / value, "result", (grad, y) =>
    multiply(negative(grad), multiply(y, y)),
  )
  const unary = {
    exp: elementwise("ExpBackward0", Math.exp, "result", (grad, y) => multiply(grad, y)),
    log: elementwise("LogBackward0", Math.log, "input", (grad, x) => divide(grad, x)),
    sin: elementwise("SinBackward0", Math.sin, "input", (grad, x) => multiply(grad, apply(x, Math.cos))),
    cos: elementwise("CosBackward0", Math.cos, "input", (grad, x) => multiply(grad, negative(apply(x, Math.sin)))),
    tanh: elementwise("TanhBackward0", Math.tanh, "result", (grad, y) => multiply(grad, subtract(ONE, multiply(y, y)))),
    sqrt: elementwise("SqrtBackward0", Math.sqrt, "result", (grad, y) => divide(grad, multiply(constant(2), y))),
    sigmoid: elementwise("SigmoidBackward0", (value) => 1 / (1 + Math.exp(-value)), "result", (grad, y) =>
      multiply(multiply(grad, subtract(ONE, y)), y),
    ),
    relu: elementwise(
      "ReluBackward0",
      (value) => (value < 0 ? 0 : value),
      "result",
      (grad, y) => zip(grad, y, (slope, value) => (value <= 0 ? 0 : slope)),
      true,
    ),
    abs: elementwise("AbsBackward0", Math.abs, "input", (grad, x) => multiply(grad, apply(x, sign)), true),
    neg: elementwise("NegBackward0", (value) => -value, "", (grad) => negative(grad), true),
    square: (input) => toThe(input, 2n),
    reciprocal,
  }

  // ---- Sums and products

  /** A dimension as a number from 0, from an argument such as 1, -1 or (0, 1). */
  function dimensionsOf(argument, tensor) {
    const wanted = Array.isArray(argument) ? argument : (argument.items ?? [argument])
    const most = Math.max(tensor.shape.length, 1)
    const found = wanted.map((dimension) => {
      if (typeof dimension !== "bigint") refuse("dim=")
      const number = Number(dimension)
      if (number < -most || number >= most)
        throw new Raised(
          "IndexError",
          `Dimension out of range (expected to be in range of [${-most}, ${most - 1}], but got ${number})`,
        )
      return number < 0 ? number + most : number
    })
    if (!found.length || new Set(found).size < found.length) refuse("dim=")
    return tensor.shape.length ? found : []
  }

  /** Spread the gradient of a sum over what was added up; where nothing is repeated, PyTorch makes no copy. */
  function spread(grad, shape, dimensions, isWhole) {
    if (isWhole) return shape.length ? expand(grad, shape) : grad.view([])
    const small = grad.view(shape.map((size, at) => (dimensions.includes(at) ? 1 : size)))
    return small.size === count(shape) ? small : expand(small, shape)
  }

  function sum(input, argument = null, keep = false) {
    const isWhole = argument === null
    const dimensions = isWhole ? input.shape.map((_, at) => at) : dimensionsOf(argument, input)
    const result = sumOver(input, dimensions, keep)
    return record(result, isWhole ? "SumBackward0" : "SumBackward1", [input], [], (grad) => [
      spread(grad, input.shape, dimensions, isWhole),
    ])
  }

  function mean(input, argument = null, keep = false) {
    if (input.dtype !== "float32") {
      const name = { int64: "Long", bool: "Bool" }[input.dtype]
      throw new Raised(
        "NotImplementedError",
        `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${name}`,
      )
    }
    const isWhole = argument === null
    const dimensions = isWhole ? input.shape.map((_, at) => at) : dimensionsOf(argument, input)
    const number = constant(count(dimensions.map((at) => input.shape[at])))
    const result = divide(sumOver(input, dimensions, keep), number)
    return record(result, isWhole ? "MeanBackward0" : "MeanBackward1", [input], [], (grad) => [
      divide(spread(grad, input.shape, dimensions, isWhole), number),
    ])
  }

  const NAMES = { float32: ["Float", "float"], int64: ["Long", "long int"], bool: ["Bool", "bool"] }

  function dot(a, b) {
    if (a.shape.length !== 1 || b.shape.length !== 1)
      throw new Raised("RuntimeError", `1D tensors expected, but got ${a.shape.length}D and ${b.shape.length}D tensors`)
    if (a.dtype !== b.dtype)
      throw new Raised(
        "RuntimeError",
        `dot : expected both vectors to have same dtype, but found ${NAMES[a.dtype][0]} and ${NAMES[b.dtype][0]}`,
      )
    if (a.size !== b.size)
      throw new Raised(
        "RuntimeError",
        `inconsistent tensor size, expected tensor [${a.size}] and src [${b.size}] to have the same number of elements, ` +
          `but got ${a.size} and ${b.size} elements respectively`,
      )
    if (a.dtype === "bool") refuse("torch.bool")
    const result = sumOver(multiply(a, b), [0], false)
    const derive = (grad) => [multiply(grad, b), multiply(grad, a)]
    return record(result, "DotBackward0", [a, b], forTheOther(a, b), derive)
  }

  function matrixVector(a, b) {
    const [rows, columns] = a.shape
    if (columns !== b.size)
      throw new Raised("RuntimeError", `size mismatch, got input (${rows}), mat (${rows}x${columns}), vec (${b.size})`)
    sameNumbers(a, b)
    const column = (vector) => reshaped(vector, [vector.size, 1])
    const result = reshaped(multiplyMatrices(a, column(b)), [rows])
    const derive = (grad) => [
      multiplyMatrices(column(grad), reshaped(b, [1, columns])),
      reshaped(multiplyMatrices(transposed(a), column(grad)), [columns]),
    ]
    return record(result, "MvBackward0", [a, b], forTheOther(a, b), derive)
  }

  function matrixMatrix(a, b) {
    if (a.shape[1] !== b.shape[0]) {
      const shapes = [a, b].map(({ shape }) => shape.join("x")).join(" and ")
      throw new Raised("RuntimeError", `mm: mat1 and mat2 shapes cannot be multiplied (${shapes})`)
    }
    sameNumbers(a, b)
    const derive = (grad) => [
      multiplyMatrices(grad, transposed(b)),
      multiplyMatrices(transposed(a), grad),
    ]
    return record(multiplyMatrices(a, b), "MmBackward0", [a, b], forTheOther(a, b), derive)
  }

  function sameNumbers(a, b) {
    if (a.dtype !== b.dtype || a.dtype === "bool") refuse(`torch.${a.dtype} @ torch.${b.dtype}`)
  }

  function matmul(a, b) {
    const [one, other] = [a.shape.length, b.shape.length]
    if (!one || !other)
      throw new Raised(
        "RuntimeError",
        `both arguments to matmul need to be at least 1D, but they are ${one}D and ${other}D`,
      )
    if (one > 2 || other > 2) refuse("@")
    if (one === 1 && other === 1) return dot(a, b)
    if (other === 1) return matrixVector(a, b)
    if (one === 2) return matrixMatrix(a, b)
    const row = a.view([1, a.size], a.places)
    if (needs(a)) record(row, "UnsqueezeBackward0", [a], [], (grad) => [grad.view(a.shape)])
    const product = matrixMatrix(row, b)
    const shape = [b.shape[1]]
    return record(reshaped(product, shape), "SqueezeBackward4", [product], [], (grad) => [grad.view(product.shape)])
  }

  // ---- Parts of a tensor, and other views

  /** A view of some elements: its gradient goes where they came from, and zeros elsewhere. */
  function part(input, name, shape, numbers) {
    const result = input.view(shape, numbers.map((number) => input.places[number]))
    const derive = (grad) => {
      const values = Array(input.size).fill(0)
      grad.values().forEach((value, at) => (values[numbers[at]] = value))
      return [make(input.shape, input.dtype, values)]
    }
    return record(result, name, [input], [], derive)
  }

  /** The numbers of the elements that remain when some positions of one dimension are chosen. */
  function chosen(shape, dimension, positions) {
    const after = count(shape.slice(dimension + 1))
    const before = count(shape.slice(0, dimension))
    return Array.from({ length: before }, (_, outer) =>
      positions.map((at) =>
        Array.from({ length: after }, (_, inner) => (outer * shape[dimension] + at) * after + inner),
      ),
    ).flat(2)
  }

  /** Take one position of a dimension, which the message counts as the reader wrote the indices. */
  function select(input, dimension, index, written) {
    const size = input.shape[dimension]
    if (index < -size || index >= size)
      throw new Raised("IndexError", `index ${index} is out of bounds for dimension ${written} with size ${size}`)
    const shape = input.shape.toSpliced(dimension, 1)
    return part(input, "SelectBackward0", shape, chosen(input.shape, dimension, [index < 0 ? index + size : index]))
  }

  function slice(input, dimension, { start, stop, step }) {
    const size = input.shape[dimension]
    if (step < 1) throw new Raised("ValueError", "step must be greater than zero")
    const clamp = (at) => Math.min(Math.max(at < 0 ? at + size : at, 0), size)
    const positions = []
    for (let at = clamp(start); at < clamp(stop); at += step) positions.push(at)
    return part(input, "SliceBackward0", input.shape.with(dimension, positions.length), chosen(input.shape, dimension, positions))
  }

  const alias = (input) => record(input.view(input.shape, input.places), "AliasBackward0", [input], [], (grad) => [grad])

  const turned = (name) => (input) => {
    if (input.shape.length > 2) refuse(name)
    return record(transposed(input), name, [input], [], (grad) => [transposed(grad)])
  }

  const clone = (input) =>
    record(make(input.shape, input.dtype, input.values()), "CloneBackward0", [input], [], (grad) => [grad])

  function compare(symbol, one, other) {
    const [a, b] = operandsOfComparison(one, other)
    const compute = {
      "==": (x, y) => x === y, "!=": (x, y) => x !== y,
      "<": (x, y) => x < y, "<=": (x, y) => x <= y, ">": (x, y) => x > y, ">=": (x, y) => x >= y,
    }[symbol]
    return zip(a, b, compute, "bool", promote(a.dtype, b.dtype))
  }

  function operandsOfComparison(one, other) {
    if (!(one instanceof Tensor)) return [wrapped(one, other), other]
    return [one, other instanceof Tensor ? other : wrapped(other, one)]
  }

  return {
    converted, plus, minus, times, over, toThe, matmul, compare, unary, sum, mean, dot, matrixVector, matrixMatrix,
    select, slice, alias, clone, permute: turned("PermuteBackward0"), transpose: turned("TBackward0"),
  }
})()
