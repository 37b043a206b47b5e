import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

interface MenuProps {
  /** What the button is called. */
  readonly label: string;
  /** Whether the button's own words already name it. Default: it shows an icon only. */
  readonly isNamed?: boolean;
  readonly button: ComponentChildren;
  readonly buttonClass?: string;
  readonly align?: "start" | "end";
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button with a panel below it that closes on Escape, on a click elsewhere, and when focus leaves. */
export function Menu({
  label,
  isNamed = false,
  button,
  buttonClass = "button",
  align = "end",
  children,
}: MenuProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (isOpen && trigger.current !== null && panel.current !== null) place(panel.current, trigger.current, align);
  });
  useEffect(() => {
    if (!isOpen) return undefined;
    // The panel stands still where the page scrolls away under it.
    const onScroll = (event: Event): void => {
      if (event.target instanceof Node && panel.current?.contains(event.target) !== true) setOpen(false);
    };
    addEventListener("scroll", onScroll, true);
    return () => removeEventListener("scroll", onScroll, true);
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onPointer = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) setOpen(false);
    };
    addEventListener("pointerdown", onPointer, true);
    root.current?.querySelector<HTMLElement>(".menu-panel :is(button, input, select)")?.focus({ preventScroll: true });
    return () => removeEventListener("pointerdown", onPointer, true);
  }, [isOpen]);
  const close = (): void => {
    setOpen(false);
    trigger.current?.focus();
  };
  return (
    <div
      class="menu"
      ref={root}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget) !== true) setOpen(false);
      }}
      onKeyDown={(event) => {
        if (!isOpen) return;
        if (event.key === "Escape") {
          event.stopPropagation();
          close();
        } else moveFocus(event, root.current);
      }}
    >
      <button
        type="button"
        ref={trigger}
        class={buttonClass}
        aria-label={isNamed ? undefined : label}
        title={label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {button}
      </button>
      {isOpen && (
        <div id={id} ref={panel} class="menu-panel">
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Below the button, or above it where there is more room; never outside the window, and never cut off by a scroller. */
function place(panel: HTMLElement, trigger: HTMLElement, align: "start" | "end"): void {
  const box = trigger.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const wanted = align === "start" ? box.left : box.right - width;
  const below = box.bottom + 4;
  const top =
    below + height > innerHeight - 8 ? Math.max(8, Math.min(box.top - 4 - height, innerHeight - 8 - height)) : below;
  panel.style.left = `${Math.max(8, Math.min(wanted, innerWidth - 8 - width))}px`;
  panel.style.top = `${box.top - 4 - height < 8 && below + height > innerHeight - 8 ? Math.max(8, innerHeight - 8 - height) : top}px`;
}

/** Up and down go through the panel's buttons. */
function moveFocus(event: KeyboardEvent, root: HTMLElement | null): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target instanceof HTMLInputElement && event.target.type === "range") return;
  const items = [...(root?.querySelectorAll<HTMLElement>(".menu-panel button:not(:disabled)") ?? [])];
  const index = items.indexOf(document.activeElement as HTMLElement);
  event.preventDefault();
  event.stopPropagation();
  items[(index + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
}

/** One choice of several inside a menu. */
export function MenuChoice({
  isChosen,
  onChoose,
  children,
  hint,
}: {
  readonly isChosen?: boolean;
  readonly onChoose: () => void;
  readonly children: ComponentChildren;
  readonly hint?: string;
}): JSX.Element {
  return (
    <button type="button" class="menu-item" aria-pressed={isChosen} onClick={onChoose}>
      <span class="menu-check" aria-hidden="true">
        {isChosen === true ? "✓" : ""}
      </span>
      <span class="menu-text">{children}</span>
      {hint !== undefined && <kbd>{hint}</kbd>}
    </button>
  );
}
