// English stands in the code, so its plurals and placeholders would need a parser in the browser: 6.6 KB, and a parse
// with each call. This makes of a message what that parser would make of it, as the compiler of the catalogs does.
import type { NodePath, PluginObj, types as Types } from "@babel/core";
import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";

/** How Lingui's macros mark the objects that they write, and what they call their component. */
const MARK = "i18n";
const COMPONENT = "_Trans";

export function compiledMessages({ types: t }: { types: typeof Types }): PluginObj {
  const compiled = (text: string) => t.valueToNode(compileMessageOrThrow(text));
  const visitor = {
    ObjectProperty({ node, parent }: NodePath<Types.ObjectProperty>) {
      if (!parent.leadingComments?.some(({ value }) => value.includes(MARK))) return;
      if (t.isIdentifier(node.key, { name: "message" }) && t.isStringLiteral(node.value)) {
        node.value = compiled(node.value.value);
      }
    },
    JSXAttribute({ node, parent }: NodePath<Types.JSXAttribute>) {
      if (!t.isJSXOpeningElement(parent) || !t.isJSXIdentifier(parent.name, { name: COMPONENT })) return;
      if (!t.isJSXIdentifier(node.name, { name: "message" })) return;
      const { value } = node;
      const text = t.isJSXExpressionContainer(value) ? value.expression : value;
      if (t.isStringLiteral(text)) node.value = t.jsxExpressionContainer(compiled(text.value));
    },
  };
  return {
    name: "compiled-messages",
    // The macros write while the program is entered or left; what they wrote stands there once all have left it.
    visitor: { Program: { exit: (program) => program.traverse(visitor) } },
  };
}
