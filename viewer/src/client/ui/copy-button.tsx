import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { announce } from "../state/announce.ts";
import { Icon } from "./icons.tsx";

/** Copies a text and says so for a moment. */
export function CopyButton({
  text,
  label,
  children,
  buttonClass = "button is-quiet",
}: {
  readonly text: string;
  readonly label: string;
  readonly children?: ComponentChildren;
  readonly buttonClass?: string;
}): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const copy = async (): Promise<void> => {
    await copyText(text);
    announce(`Copied ${text}`);
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button
      type="button"
      class={buttonClass}
      title={`${label}: ${text}`}
      aria-label={label}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? "check" : "copy"} size={14} />
      {children}
    </button>
  );
}

/** Puts text on the clipboard, also where the page is not served from a secure context. */
async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
