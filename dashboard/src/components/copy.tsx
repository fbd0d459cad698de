import { t } from "@lingui/core/macro";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, type ButtonProps } from "./ui/button";

interface CopyButtonProps extends ButtonProps {
  /** Makes what is copied, when the button is pressed. */
  text: () => string;
  /** What the button says until it is pressed. */
  says: string;
}

/** A button that copies, and says for a moment that it did. */
export function CopyButton({ text, says, ...rest }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await writeClipboard(text());
    setCopied(true);
  };
  return (
    <Button onClick={() => void copy()} {...rest}>
      {copied ? <Check className="size-3.5 text-ok" aria-hidden /> : <Copy className="size-3.5" aria-hidden />}
      <span aria-live="polite">{copied ? t`Copied` : says}</span>
    </Button>
  );
}

/** Text to paste somewhere else, with a button that copies it. */
export function CopyBlock({ text, label }: { text: string; label: string }) {
  return (
    <div className="flex flex-col rounded-md border bg-bg sm:flex-row sm:items-start">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, which the keyboard must be able to do */}
      <section tabIndex={0} aria-label={label} className="min-w-0 flex-1 overflow-x-auto">
        <pre className="w-max p-3 font-mono text-xs leading-5">{text}</pre>
      </section>
      <CopyButton
        text={() => text}
        says={t`Copy`}
        size="sm"
        className="m-1.5 shrink-0 self-end sm:self-start"
        aria-label={t`Copy: ${label}`}
      />
    </div>
  );
}

async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Browsers offer the clipboard to secure pages only; a hub in a home network is often plain HTTP.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
