/**
 * The marks that the server puts around regions when it is asked to: `<!--mfe:3-->…<!--/mfe:3-->`; 0 is the page's own.
 */
const MARK = /^(\/?)mfe:(.+)$/;

const comments = (root) => {
  const walker = (root.ownerDocument ?? root).createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
};

/** Pairs of comments by the region's id, in the document's order. Halves, and pairs that cross an element, are none. */
export function marked(root) {
  const open = new Map();
  const pairs = new Map();
  for (const comment of comments(root)) {
    const [, slash, id] = MARK.exec(comment.data) ?? [];
    if (id && !slash) {
      open.set(id, comment);
      pairs.set(id, null); // keeps the place
    } else if (id && open.get(id)?.parentNode === comment.parentNode) pairs.set(id, [open.get(id), comment]);
  }
  for (const [id, pair] of pairs) if (!pair) pairs.delete(id);
  return pairs;
}

/** The nodes between two marks. */
export function between([open, close]) {
  const nodes = [];
  for (let node = open.nextSibling; node && node !== close; node = node.nextSibling) nodes.push(node);
  return nodes;
}

export function unmark(root) {
  for (const comment of comments(root)) if (MARK.test(comment.data)) comment.remove();
}
