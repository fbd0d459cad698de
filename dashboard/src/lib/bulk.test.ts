import { expect, it } from "vitest";
import { confirmsCount, retagged, retaggedCount, tagsOf } from "./bulk";

const web = { environment: "prod", tags: ["eu", "http"] };
const db = { environment: "lab", tags: ["eu"] };

it("changes environment and tags as the hub does", () => {
  expect(retagged(web, { environment: null, add: ["new", "eu"], remove: ["http"] })).toEqual({
    environment: "prod",
    tags: ["eu", "new"],
  });
  expect(retagged(db, { environment: "prod", add: [], remove: ["absent"] })).toEqual({
    environment: "prod",
    tags: ["eu"],
  });
});

it("counts only those that a change would change", () => {
  expect(retaggedCount([web, db], { environment: "prod", add: [], remove: [] })).toBe(1);
  expect(retaggedCount([web, db], { environment: null, add: ["eu"], remove: [] })).toBe(0);
  expect(retaggedCount([web, db], { environment: null, add: ["x"], remove: ["eu"] })).toBe(2);
});

it("lists the tags that there are, the most frequent first", () => {
  expect(tagsOf([web, db])).toEqual(["eu", "http"]);
});

it("takes a number as people type it, and no other", () => {
  for (const typed of ["1234", "1,234", " 1 234 ", "1.234"]) expect(confirmsCount(typed, 1234)).toBe(true);
  for (const typed of ["", "12345", "123", "all", "1234 agents", "-1234"])
    expect(confirmsCount(typed, 1234)).toBe(false);
});
