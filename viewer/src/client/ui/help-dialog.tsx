import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { GESTURES, SHORTCUTS } from "../state/keyboard.ts";
import { isHelpOpen } from "../state/shell.ts";
import { Icon } from "./icons.tsx";

/** Keys and gestures of the page. */
export function HelpDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal();
    if (!isOpen && dialog.current?.open === true) dialog.current.close();
  }, [isOpen]);
  const close = (): void => {
    isHelpOpen.value = false;
  };
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="help-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="dialog-head">
        <h2 id="help-title">Keys and gestures</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div class="help-columns">
        {SHORTCUTS.map(({ title, shortcuts }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {shortcuts.map(({ keys, text }) => (
                <div key={text}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{keyText(key)}</kbd>
                    ))}
                  </dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Pointer</h3>
          <dl>
            {GESTURES.map(([gesture, text]) => (
              <div key={gesture}>
                <dt class="gesture">{gesture}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </dialog>
  );
}

/** A key as it is printed on this machine's keyboard. */
function keyText(key: string): string {
  const command = navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl";
  return key === "Escape" ? "Esc" : key.replace("Ctrl", command);
}
