/** What browsers have and TypeScript's library does not know yet. */

interface Document {
  ariaNotify?(text: string): void;
  readonly prerendering?: boolean;
}

interface Navigator {
  readonly connection?: { readonly saveData: boolean };
}

declare var trustedTypes:
  | { createPolicy(name: string, rules: { createHTML(text: string): string }): { createHTML(text: string): string } }
  | undefined;
