import { t } from "@lingui/core/macro";
import { isOneTimePassword } from "@/lib/codes";
import { Field } from "./ui/field";

interface CodeFieldProps {
  /** Asks for a recovery code instead of the app's. */
  recovery?: boolean;
  /** Called when six digits are there: nothing is left to type. */
  onComplete?: () => void;
  error?: string | undefined;
}

/** The field `code` of a form: of the authenticator app, or a recovery code. */
export function CodeField({ recovery = false, onComplete, error }: CodeFieldProps) {
  if (recovery) {
    return (
      <Field
        label={t`Recovery code`}
        name="code"
        className="font-mono"
        hint={t`One of those that you kept. Each works once.`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        minLength={6}
        autoFocus
        required
        error={error}
      />
    );
  }
  return (
    <Field
      label={t`Code from your authenticator app`}
      name="code"
      className="h-12 text-center font-mono text-xl tracking-[0.4em] max-sm:text-2xl"
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9]{6}"
      title={t`six digits`}
      maxLength={6}
      autoFocus
      required
      error={error}
      onChange={(event) => isOneTimePassword(event.target.value) && onComplete?.()}
    />
  );
}
