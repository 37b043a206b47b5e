const callbacks = new WeakMap<Element, (width: number, height: number) => void>();

const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) callbacks.get(target)?.(contentRect.width, contentRect.height);
});

/** Follows an element's size with the page's one observer; vega's own looks at the window only. */
export function observeSize(element: Element, onSize: (width: number, height: number) => void): () => void {
  callbacks.set(element, onSize);
  observer.observe(element);
  return () => {
    observer.unobserve(element);
    callbacks.delete(element);
  };
}

const nearCallbacks = new WeakMap<Element, (isNear: boolean) => void>();

const nearObserver = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) nearCallbacks.get(target)?.(isIntersecting);
  },
  { rootMargin: "35% 0px" },
);

/** Tells when an element comes near the viewport and when it leaves. */
export function observeNear(element: Element, onNear: (isNear: boolean) => void): () => void {
  nearCallbacks.set(element, onNear);
  nearObserver.observe(element);
  return () => {
    nearObserver.unobserve(element);
    nearCallbacks.delete(element);
  };
}
