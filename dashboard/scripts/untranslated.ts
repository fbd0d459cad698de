// Finds texts for people that no language but English has: those outside Lingui's macros, by the shape of the syntax tree.
// A line that only looks like one says so itself: // not a text
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../src", import.meta.url));
const IGNORE = "not a text";

/** Where a string is none for people, whatever it looks like. */
const TECHNICAL_ATTRIBUTES =
  /^(className|class|style|id|key|type|role|href|to|rel|target|src|d|viewBox|htmlFor|form|method|media|width|height|fill|stroke.*|transform|points|autoComplete|inputMode|lang|dir|data-.*|preserveAspectRatio|needed|grab|aria-(live|controls|labelledby|describedby|current|haspopup|orientation|sort|relevant|autocomplete|activedescendant)|side|align|variant|size|tone|kind|name|value|mode|wrap|pattern|accept|scope|gridArea)$/;
const TECHNICAL_CALLS =
  /^(cn|clsx|cva|Error|TypeError|RangeError|warn|querySelector(All)?|getElementById|getRouteApi|matchMedia|addEventListener|removeEventListener|setAttribute|removeAttribute|getAttribute|closest|matches|postMessage|execCommand|test|RegExp)$/;
const TECHNICAL_NAMES =
  /^(className|class|style|font|path|to|method|type|kind|id|key|metric|unit|color|background|transform|transition|gridTemplate.*|display|padding|margin|boxShadow|width|height|cursor|content-type|accept|credentials)$/i;
const MACROS = new Set(["t", "msg", "plural", "select", "selectOrdinal", "defineMessage"]);
const COMPONENTS = new Set(["Trans", "Plural", "Select", "SelectOrdinal"]);
const VERBATIM = new Set(["code", "pre", "kbd", "samp"]);
const CLASS_WORDS =
  /^(flex|grid|block|inline|hidden|truncate|relative|absolute|fixed|sticky|static|italic|underline|uppercase|lowercase|capitalize|border|rounded|container|contents|tnum|touch|card|grow|shrink|transition|group|peer|isolate|visible|invisible|outline|ring|shadow|blur|prose|font|sr|resize|antialiased)$/;

/** Names that are the same in every language. */
const NAMES =
  /^(Opsentrix|GitHub|Linux|Docker|Podman|PostgreSQL|Prometheus|Slack|Discord|Telegram|Teams|PagerDuty|Opsgenie|Matrix|Gotify|Pushover|Ntfy|Webhook|OpenID Connect|Keycloak|Authentik|WebSocket|English|Español|YAML|Lucide|Inter|Edge|Opera|Firefox|Chrome|Safari|Android|Windows)$/;

function hasWords(text: string): boolean {
  const bare = text.trim().replace(/[…—–·:,.()]/g, "");
  return /\p{Ll}{2,}/u.test(bare) && !NAMES.test(bare);
}

/** Whether a string in code reads like something for people rather than a key, a class list or an address. */
function readsLikeProse(text: string): boolean {
  if (!hasWords(text) || /^[\s]*[./#@<{]/.test(text) || /[{};<>|\\^]|=>|\w\(|^https?:/.test(text)) return false;
  const words = text.trim().split(/\s+/);
  if (words.some((word) => CLASS_WORDS.test(word) || /^-?[a-z]+(-[a-z0-9./[\]%]+)+$|[a-z]:[a-z]|\[/.test(word)))
    return false;
  if (words.length === 1) return /^\p{Lu}\p{Ll}+(?:[.!?…])?$/u.test(text.trim());
  return words.filter((word) => /^\p{L}{2,}/u.test(word)).length >= 2;
}

const textOf = (node: ts.TemplateExpression) =>
  [node.head.text, ...node.templateSpans.map((one) => one.literal.text)].join("…");

const nameOf = (node: ts.Node | undefined): string => {
  if (node === undefined) return "";
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isIdentifier(node) || ts.isStringLiteral(node) ? node.text : "";
};

/** Whether a node stands where text is translated, or where no text for people stands. */
function isSettled(node: ts.Node): boolean {
  for (let one: ts.Node = node; one.parent !== undefined; one = one.parent) {
    const { parent } = one;
    if (ts.isTypeNode(parent) || ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
    if (ts.isTaggedTemplateExpression(parent) && MACROS.has(nameOf(parent.tag))) return true;
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      const called = nameOf(parent.expression);
      if (MACROS.has(called) || TECHNICAL_CALLS.test(called) || called === "import") return true;
    }
    if (ts.isJsxElement(parent)) {
      const tag = parent.openingElement.tagName.getText();
      if (COMPONENTS.has(tag) || VERBATIM.has(tag)) return true;
    }
    if (ts.isJsxAttribute(parent)) {
      const tag = parent.parent.parent.tagName.getText();
      if (COMPONENTS.has(tag) || TECHNICAL_ATTRIBUTES.test(parent.name.getText())) return true;
    }
    if (ts.isPropertyAssignment(parent) && (parent.name === one || TECHNICAL_NAMES.test(nameOf(parent.name))))
      return true;
    if (ts.isVariableDeclaration(parent) && /class|style|font|schema|keys/i.test(nameOf(parent.name))) return true;
    if (ts.isCaseClause(parent) && parent.expression === one) return true;
    if (ts.isElementAccessExpression(parent) || ts.isPropertySignature(parent)) return true;
    if (ts.isBinaryExpression(parent)) {
      const compares = [
        ts.SyntaxKind.EqualsEqualsEqualsToken,
        ts.SyntaxKind.ExclamationEqualsEqualsToken,
        ts.SyntaxKind.InKeyword,
      ];
      if (compares.includes(parent.operatorToken.kind)) return true;
    }
    if (ts.isThrowStatement(parent)) return true;
    if (
      ts.isStatement(parent) &&
      !ts.isExpressionStatement(parent) &&
      !ts.isReturnStatement(parent) &&
      !ts.isVariableStatement(parent)
    )
      break;
  }
  return false;
}

function textsIn(source: ts.SourceFile): { line: number; text: string }[] {
  const lines = source.text.split("\n");
  const found: { line: number; text: string }[] = [];
  const note = (node: ts.Node, text: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    if (lines[line]?.includes(IGNORE) || lines[line - 1]?.includes(IGNORE)) return;
    found.push({ line: line + 1, text: text.trim().replace(/\s+/g, " ") });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) {
      if (hasWords(node.text) && !isSettled(node)) note(node, node.text);
    } else if (ts.isStringLiteralLike(node)) {
      const attribute = ts.isJsxAttribute(node.parent) && !/^[a-z][a-z0-9_.-]*$/.test(node.text);
      if ((attribute ? hasWords(node.text) : readsLikeProse(node.text)) && !isSettled(node)) note(node, node.text);
    } else if (ts.isTemplateExpression(node)) {
      const text = textOf(node);
      if (
        /(^|\s|…)\p{L}{2,}(\s|…|$|[.,:])/u.test(text) &&
        readsLikeProse(text.replaceAll("…", " x ")) &&
        !isSettled(node)
      )
        note(node, text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const wanted = process.argv.slice(2);
let count = 0;
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  const path = relative(root, join(entry.parentPath, entry.name));
  if (!/\.tsx?$/.test(path) || /\.test\.ts$|\.d\.ts$/.test(path)) continue;
  if (wanted.length > 0 && !wanted.some((part) => path.startsWith(part))) continue;
  const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const text = readFileSync(join(root, path), "utf8");
  for (const one of textsIn(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind))) {
    console.error(`src/${path}:${one.line}: ${one.text}`);
    count += 1;
  }
}
if (count > 0) {
  console.error(`${count} texts are in English alone: wrap them in t or <Trans>`);
  process.exit(1);
}
