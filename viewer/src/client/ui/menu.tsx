import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { MenuPlace } from "../state/chart-menu.ts";

interface MenuProps {
  /** What the button is called. */
  readonly label: string;
  /** Whether the button's own words already name it. Default: it shows an icon only. */
  readonly isNamed?: boolean;
  readonly button: ComponentChildren;
  readonly buttonClass?: string;
  readonly align?: "start" | "end";
  /** Where the panel stands, or null while it is closed; for a menu that something else opens too. Default: its own. */
  readonly place?: MenuPlace | null;
  /** Told where the panel is to stand; goes with `place`. */
  readonly onPlace?: (place: MenuPlace | null) => void;
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button with a panel below it that closes on Escape, on a click elsewhere, and when focus leaves. */
export function Menu({
  label,
  isNamed = false,
  button,
  buttonClass = "button",
  align = "end",
  place: givenPlace,
  onPlace,
  children,
}: MenuProps): JSX.Element {
  const [ownPlace, setOwnPlace] = useState<MenuPlace | null>(null);
  const place = givenPlace === undefined ? ownPlace : givenPlace;
  const setPlace = onPlace ?? setOwnPlace;
  const isOpen = place !== null;
  /** What had the focus before a key or the pointer opened the panel. */
  const before = useRef<HTMLElement | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (place === null || trigger.current === null || panel.current === null) return;
    if (place.kind === "pointer") placeAt(panel.current, place.clientX, place.clientY);
    else placeBelow(panel.current, trigger.current, align);
  });
  useEffect(() => {
    if (!isOpen) return undefined;
    // The panel stands still where the page scrolls away under it.
    const onScroll = (event: Event): void => {
      if (event.target instanceof Node && panel.current?.contains(event.target) !== true) setPlace(null);
    };
    addEventListener("scroll", onScroll, true);
    return () => removeEventListener("scroll", onScroll, true);
  }, [isOpen]);
  // With the panel itself: the key that is pressed next is for it.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const onPointer = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) setPlace(null);
    };
    const focused = document.activeElement;
    before.current = focused instanceof HTMLElement && focused !== document.body ? focused : trigger.current;
    addEventListener("pointerdown", onPointer, true);
    root.current?.querySelector<HTMLElement>(".menu-panel :is(button, input, select)")?.focus({ preventScroll: true });
    return () => removeEventListener("pointerdown", onPointer, true);
  }, [place]);
  const close = (): void => {
    setPlace(null);
    (before.current?.isConnected === true ? before.current : trigger.current)?.focus();
  };
  return (
    <div
      class="menu"
      ref={root}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && root.current?.contains(event.relatedTarget) !== true) setPlace(null);
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
        onClick={() => setPlace(isOpen ? null : { kind: "button" })}
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
function placeBelow(panel: HTMLElement, trigger: HTMLElement, align: "start" | "end"): void {
  const box = trigger.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const wanted = align === "start" ? box.left : box.right - width;
  const below = box.bottom + 4;
  const top =
    below + height > innerHeight - 8 ? Math.max(8, Math.min(box.top - 4 - height, innerHeight - 8 - height)) : below;
  panel.style.left = `${Math.max(8, Math.min(wanted, innerWidth - 8 - width))}px`;
  panel.style.top = `${box.top - 4 - height < 8 && below + height > innerHeight - 8 ? Math.max(8, innerHeight - 8 - height) : top}px`;
}

/** Right of and below a point, or as near to that as the window allows. */
function placeAt(panel: HTMLElement, x: number, y: number): void {
  panel.style.left = `${Math.max(8, Math.min(x, innerWidth - 8 - panel.offsetWidth))}px`;
  panel.style.top = `${Math.max(8, Math.min(y, innerHeight - 8 - panel.offsetHeight))}px`;
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
