import { t } from "@lingui/core/macro";

/** Whether a text is a whole one-time password, however it is spaced. */
export function isOneTimePassword(text: string): boolean {
  return /^\d{6}$/.test(text.replace(/\s/g, ""));
}

/** The text of the file with recovery codes. */
export function recoveryFile(codes: readonly string[], username: string, host: string): string {
  const title = t`Opsentrix recovery codes of ${username} at ${host}`;
  return [title, t`Each lets you in once, in place of the app.`, "", ...codes, ""].join("\n");
}
