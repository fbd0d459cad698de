import { t } from "@lingui/core/macro";
import { changeUser, createPasswordLink, deleteUser, endSessionsOf, removeTotpOf } from "@/api/people";
import type { Account, IssuedLink } from "@/api/types";

/** What an admin may do to somebody, and what they are told before. */
export interface Act {
  label: (account: Account) => string;
  title: (name: string) => string;
  text: string;
  danger: boolean;
  offered: (account: Account) => boolean;
  run: (account: Account) => Promise<IssuedLink | null>;
}

const quietly = (work: (user: number) => Promise<void>) => async (account: Account) => {
  await work(account.id);
  return null;
};

export const ACTS: readonly Act[] = [
  {
    label: ({ invited }) => (invited ? t`New invitation link` : t`Password reset link`),
    title: (name) => t`Make a link for ${name}?`,
    text: t`By it they set a password, once. A link made before stops working; an old password works until the link is used.`,
    danger: false,
    offered: ({ disabled }) => !disabled,
    run: ({ id }) => createPasswordLink(id),
  },
  {
    label: () => t`End all sessions`,
    title: (name) => t`End all sessions of ${name}?`,
    text: t`They are logged out everywhere at once, and may log in again.`,
    danger: false,
    offered: ({ sessions }) => sessions > 0,
    run: quietly(endSessionsOf),
  },
  {
    label: () => t`Remove second factor`,
    title: (name) => t`Remove the second factor of ${name}?`,
    text: t`For who lost phone and recovery codes. Make sure that it is really them who asks: the password alone lets them in then.`,
    danger: true,
    offered: ({ totp }) => totp,
    run: quietly(removeTotpOf),
  },
  {
    label: () => t`Disable`,
    title: (name) => t({ message: `Disable ${name}?`, context: "person" }),
    text: t`They are logged out at once and cannot log in; their API tokens stop working. You can let them in again.`,
    danger: true,
    offered: ({ disabled }) => !disabled,
    run: quietly((user) => changeUser(user, { disabled: true })),
  },
  {
    label: () => t`Enable`,
    title: (name) => t({ message: `Enable ${name}?`, context: "person" }),
    text: t`They can log in again, with the password that they had.`,
    danger: false,
    offered: ({ disabled }) => disabled,
    run: quietly((user) => changeUser(user, { disabled: false })),
  },
  {
    label: () => t`Delete`,
    title: (name) => t({ message: `Delete ${name}?`, context: "person" }),
    text: t`Their sessions and API tokens end at once. What they did stays in the audit log. This cannot be undone.`,
    danger: true,
    offered: () => true,
    run: quietly(deleteUser),
  },
];
