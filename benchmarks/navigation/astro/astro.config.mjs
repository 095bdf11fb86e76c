// Scripts and styles are files, as a policy without `unsafe-inline` asks.
export default {
  trailingSlash: "always",
  build: { inlineStylesheets: "never" },
  vite: { build: { assetsInlineLimit: 0 } },
};
