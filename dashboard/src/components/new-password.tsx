import { t } from "@lingui/core/macro";
import { Field } from "./ui/field";

interface NewPasswordFieldsProps {
  /** What the hub found wrong with the password: "must have at least 8 characters". */
  weakness: string | undefined;
  /** Whether both fields differed. */
  mismatch: boolean;
  autoFocus?: boolean;
}

/** A new password, twice. */
export function NewPasswordFields({ weakness, mismatch, autoFocus = false }: NewPasswordFieldsProps) {
  return (
    <>
      <Field
        label={t`New password`}
        name="password"
        type="password"
        autoComplete="new-password"
        hint={t`At least 8 characters; 12 or more are better. A few words are easier to remember.`}
        minLength={8}
        maxLength={1024}
        autoFocus={autoFocus}
        required
        error={weakness === undefined ? undefined : t`It ${weakness}.`}
      />
      <Field
        label={t`New password again`}
        name="again"
        type="password"
        autoComplete="new-password"
        required
        error={mismatch ? t`Both must be the same.` : undefined}
      />
    </>
  );
}

/** The new password of a form with these fields, or null when both differ. */
export function newPasswordOf(form: HTMLFormElement): string | null {
  const data = new FormData(form);
  const password = String(data.get("password"));
  return password === data.get("again") ? password : null;
}
