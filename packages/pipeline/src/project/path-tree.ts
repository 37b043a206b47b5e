/** Values by path, with questions about what contains what. Paths are split at `/`. */
export class PathTree<T> {
  readonly #root: PathNode<T> = { value: undefined, children: new Map() };

  /** Puts a value at a path; the one that was there is replaced. */
  set(path: string, value: T): void {
    let node = this.#root;
    for (const part of partsOf(path)) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { value: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = { is: value };
  }

  /** Returns the value at exactly this path. */
  get(path: string): T | undefined {
    return this.#find(path)?.value?.is;
  }

  /** Lists the values on the way to a path, the path's own last. */
  listAbove(path: string): readonly T[] {
    const found: T[] = [];
    let node: PathNode<T> | undefined = this.#root;
    const parts = partsOf(path);
    for (let depth = 0; node !== undefined; depth += 1) {
      if (node.value !== undefined) found.push(node.value.is);
      const part = parts[depth];
      node = part === undefined ? undefined : node.children.get(part);
    }
    return found;
  }

  /** Lists the values inside a folder, in the order in which their folders were first met. */
  listInside(path: string): readonly T[] {
    const found: T[] = [];
    const visit = (node: PathNode<T>): void => {
      for (const child of node.children.values()) {
        if (child.value !== undefined) found.push(child.value.is);
        visit(child);
      }
    };
    const start = this.#find(path);
    if (start !== undefined) visit(start);
    return found;
  }

  #find(path: string): PathNode<T> | undefined {
    let node: PathNode<T> | undefined = this.#root;
    for (const part of partsOf(path)) node = node?.children.get(part);
    return node;
  }
}

interface PathNode<T> {
  value: { readonly is: T } | undefined;
  readonly children: Map<string, PathNode<T>>;
}

function partsOf(path: string): readonly string[] {
  return path === "" ? [] : path.split("/");
}
