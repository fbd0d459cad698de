import { i18n } from "@lingui/core";

// Tests read English, which stands in the code.
i18n.loadAndActivate({ locale: "en", locales: ["en-GB"], messages: {} });
