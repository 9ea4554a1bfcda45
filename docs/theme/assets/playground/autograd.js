/* Record operations as nodes of a graph, and go back through it, in the order and with the messages of PyTorch's engine. */

playground.autograd = (() => {
  const { Unknown, Raised, Tensor, make, cast, add, sumTo, filled } = playground.tensors
  const FREED =
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been " +
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify " +
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors " +
    "after calling backward."
  const CHANGED =
    "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with " +
    "torch.autograd.set_detect_anomaly(True, check_nan=False)."
  const TYPES = { float32: "torch.FloatTensor", int64: "torch.LongTensor", bool: "torch.BoolTensor" }

  const mode = { isOn: true }
  let recorded = 0

  /** What computed a tensor. `edges` are the nodes of its inputs, null where an input requires no gradient. */
  class Node {
    retaining = []
    isFreed = false

    constructor(name, edges, saved, derive, result) {
      Object.assign(this, { name, edges, derive, shape: result.shape, dtype: result.dtype })
      this.saved = saved.map((tensor) => ({ tensor, version: tensor.storage.version, node: tensor === result ? this : tensor.node }))
      this.order = recorded++
      this.value = make(result.shape, result.dtype, result.values())
    }

    get fullName() {
      return this.name
    }

    toText() {
      return `<${this.name} object at 0x...>`
    }

    /** Check that what was saved is still there and still the same. */
    unpack() {
      if (!this.saved.length) return
      if (this.isFreed) throw new Raised("RuntimeError", FREED)
      for (const { tensor, version, node } of this.saved) {
        const now = tensor.storage.version
        if (now === version) continue
        // A view of memory that has changed gets another node when it is asked for it.
        const name = tensor.isStale ? "AsStrided" : node?.name.replace(/Backward\d*$/, "")
        const origin = node ? `, which is output 0 of ${name},` : ""
        throw new Raised(
          "RuntimeError",
          "one of the variables needed for gradient computation has been modified by an inplace operation: " +
            `[${TYPES[tensor.dtype]} [${tensor.shape.join(", ")}]]${origin} is at version ${now}; expected version ` +
            `${version} instead. ${CHANGED}`,
        )
      }
    }
  }

  /** The end of a path: adds what arrives to the `.grad` of a leaf. */
  class AccumulateGrad {
    name = "AccumulateGrad"
    fullName = "torch::autograd::AccumulateGrad"
    edges = []
    order = Infinity
    retaining = []

    constructor(variable) {
      Object.assign(this, { variable, shape: variable.shape, dtype: variable.dtype })
    }

    toText() {
      return `<${this.name} object at 0x...>`
    }

    add(gradient) {
      const { variable } = this
      if (!variable.requiresGrad) return
      if (variable.grad) variable.grad.write(add(variable.grad, gradient).values())
      else variable.grad = make(gradient.shape, gradient.dtype, gradient.values())
    }
  }

  function nodeOf(tensor) {
    if (tensor.node) return tensor.node
    if (tensor.requiresGrad) return (tensor.accumulator ??= new AccumulateGrad(tensor))
    return null
  }

  /** Whether the gradient of a tensor will be asked for. */
  const needs = (tensor) => mode.isOn && tensor.requiresGrad

  /** Make `result` the result of an operation; `saved` is what its node keeps, `derive` gives a gradient for each input. */
  function record(result, name, inputs, saved, derive) {
    if (result.dtype === "float32" && inputs.some((input) => input && needs(input))) {
      const edges = inputs.map((input) => input && nodeOf(input))
      result.node = new Node(name, edges, saved, derive, result)
      result.requiresGrad = true
    } else if (!mode.isOn && inputs.some((input) => input?.requiresGrad && input.storage === result.storage))
      // Such a view requires a gradient and has no node yet.
      throw new Unknown("torch.no_grad()")
    return result
  }

  /** Every node that can be reached, each after all that lead to it: without recursion, for a loop makes long paths. */
  function inOrder(root) {
    const finished = []
    const found = new Set([root])
    const path = [{ node: root, next: 0 }]
    while (path.length) {
      const here = path.at(-1)
      if (here.next === here.node.edges.length) finished.push(path.pop().node)
      else {
        const edge = here.node.edges[here.next++]
        if (edge && !found.has(edge)) {
          found.add(edge)
          path.push({ node: edge, next: 0 })
        }
      }
    }
    return finished.reverse()
  }

  /**
   * Go back from a node.
   *
   * `only` are nodes whose gradients are asked for; then these are returned, by node, and no `.grad` changes. `seen` is
   * told of each step: the node, the gradient that reached it, and what it sends along which of its edges.
   */
  function run(root, gradient, { retain = false, only = null, seen = () => {}, given = null } = {}) {
    const nodes = inOrder(root)
    const asked = new Set(only)
    const isNeeded = new Map()
    for (const node of [...nodes].reverse())
      isNeeded.set(node, !only || node.edges.some((edge) => edge && (asked.has(edge) || isNeeded.get(edge))))
    const waiting = new Map()
    for (const node of nodes) for (const edge of node.edges) if (edge) waiting.set(edge, (waiting.get(edge) ?? 0) + 1)

    const arrived = new Map([[root, fit(gradient, root)]])
    const found = new Map()
    const ready = [root]
    // Memory that a `.grad` has taken over or the reader holds: PyTorch would make a second tensor share it.
    const taken = new Set(given ? [given.storage] : [])
    while (ready.length) {
      ready.sort((one, other) => one.order - other.order)
      const node = ready.pop()
      const gradient = arrived.get(node)
      if (gradient) {
        for (const tensor of node.retaining) tensor.grad = tensor.grad ? add(tensor.grad, gradient) : copy(gradient)
        if (asked.has(node)) found.set(node, gradient)
      }
      if (!only && node.variable?.grad === null && node.variable.requiresGrad && gradient?.isView) {
        if (taken.has(gradient.storage)) throw new Unknown("backward()")
        taken.add(gradient.storage)
      }
      const sent = gradient && isNeeded.get(node) ? step(node, gradient, retain) : []
      seen(node, gradient, sent)
      node.edges.forEach((edge, at) => {
        if (!edge) return
        if (sent[at]) {
          const part = fit(sent[at], edge)
          sent[at] = part
          arrived.set(edge, arrived.has(edge) ? add(arrived.get(edge), part) : part)
        }
        waiting.set(edge, waiting.get(edge) - 1)
        if (!waiting.get(edge)) ready.push(edge)
      })
    }
    return found
  }

  const copy = (tensor) => make(tensor.shape, tensor.dtype, tensor.values())

  const fit = (gradient, node) => cast(sumTo(gradient, node.shape), node.dtype)

  function step(node, gradient, retain) {
    if (node instanceof AccumulateGrad) {
      node.add(gradient)
      return []
    }
    node.unpack()
    const sent = node.derive(gradient)
    if (!retain) node.isFreed = true
    return node.edges.map((edge, at) => edge && sent[at])
  }

  /** The gradient that a backward pass starts with: the one that is given, or 1. */
  function start(tensor, gradient) {
    if (gradient instanceof Tensor) {
      if (String(gradient.shape) !== String(tensor.shape) || gradient.shape.length !== tensor.shape.length) {
        const size = ({ shape }) => `torch.Size([${shape.join(", ")}])`
        throw new Raised(
          "RuntimeError",
          `Mismatch in shape: grad_output[0] has a shape of ${size(gradient)} and output[0] has a shape of ${size(tensor)}.`,
        )
      }
    } else if (tensor.requiresGrad && tensor.size !== 1)
      throw new Raised("RuntimeError", "grad can be implicitly created only for scalar outputs")
    if (!tensor.requiresGrad)
      throw new Raised("RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn")
    if (gradient && gradient.dtype !== "float32") throw new Unknown(`torch.${gradient.dtype}`)
    return gradient ?? filled(tensor.shape, "float32", 1)
  }

  function backward(tensor, gradient, retain, seen) {
    run(nodeOf(tensor), start(tensor, gradient), { retain, seen, given: gradient })
  }

  /** The gradients of a tensor with respect to others, as `torch.autograd.grad` returns them. */
  function grad(tensor, inputs, gradient, retain) {
    const first = start(tensor, gradient)
    if (inputs.some((input) => !input.requiresGrad))
      throw new Raised("RuntimeError", "One of the differentiated Tensors does not require grad")
    const found = run(nodeOf(tensor), first, { retain, only: inputs.map(nodeOf) })
    return inputs.map((input, at) => {
      const gradient = found.get(nodeOf(input))
      if (!gradient)
        throw new Raised(
          "RuntimeError",
          `The differentiated Tensor at index ${at} appears to not have been used in the graph. ` +
            "Set allow_unused=True if this is the desired behavior.",
        )
      // PyTorch returns the tensor itself, which the reader may hold under another name.
      return Object.assign(copy(gradient), { isShared: true })
    })
  }

  return { mode, record, needs, nodeOf, inOrder, backward, grad, Node, AccumulateGrad }
})()
