import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";

const PLACES = [
  { to: "/commands", label: t`Commands` },
  { to: "/runbooks", label: t`Runbooks` },
] as const;

/** The way between what people ask of machines and what runbooks do. */
export function ResponseNav() {
  return (
    <nav aria-label={t`Response`} className="-mx-3 mb-4 overflow-x-auto border-b px-3 sm:mx-0 sm:px-0">
      <ul className="flex gap-5">
        {PLACES.map(({ to, label }) => (
          <li key={to}>
            <Link
              to={to}
              className="touch -mb-px flex items-center whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-muted hover:text-text data-[status=active]:border-accent data-[status=active]:text-text"
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
