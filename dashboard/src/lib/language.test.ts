import { describe, expect, it } from "vitest";
import { formatCount, joined, languageFor, localeFor, parseLanguage } from "./language";

describe("languageFor", () => {
  it("takes the first that there is, whatever its region", () => {
    expect(languageFor(["fr-FR", "es-MX", "en"])).toBe("es");
    expect(languageFor(["EN-GB", "es"])).toBe("en");
  });

  it("is English where there is none of them", () => {
    expect(languageFor(["de", ""])).toBe("en");
    expect(languageFor([])).toBe("en");
    expect(languageFor(["constructor"])).toBe("en");
  });
});

describe("parseLanguage", () => {
  it("takes none but those that there are", () => {
    expect(parseLanguage("es")).toBe("es");
    for (const kept of ["es-MX", "toString", "", null, undefined]) expect(parseLanguage(kept)).toBeNull();
  });
});

describe("localeFor", () => {
  it("writes numbers as where the reader lives, if that speaks the language", () => {
    expect(localeFor("es", ["en-US", "es-MX"])).toBe("es-MX");
    expect(localeFor("es", ["en-US"])).toBe("es");
  });
});

describe("numbers and names", () => {
  it("are written as the language does", () => {
    expect(formatCount(1234567)).toBe("1,234,567");
    expect(joined(["web", "db", "cache"])).toBe("web, db and cache");
    expect(joined(["web", "db"], "disjunction")).toBe("web or db");
  });
});
