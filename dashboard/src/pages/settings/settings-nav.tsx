import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { SECTIONS } from "./sections";

/** All pages of the settings, beside the one that is open. */
export function SettingsNav() {
  return (
    <nav aria-label={t`Settings`} className="flex flex-col gap-4 pb-4">
      {SECTIONS.map(({ title, pages }) => (
        <div key={title}>
          <p className="px-2.5 pb-1 font-medium text-2xs text-muted" aria-hidden>
            {title}
          </p>
          <ul aria-label={title}>
            {pages.map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  activeOptions={{ exact: true }}
                  className="touch flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-muted hover:bg-raised hover:text-text data-[status=active]:bg-raised data-[status=active]:font-medium data-[status=active]:text-text"
                >
                  <Icon className="size-4 shrink-0" aria-hidden />
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
