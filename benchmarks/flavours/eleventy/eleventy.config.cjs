module.exports = async function (config) {
  if (@highlight@) {
    config.addPlugin(require("@11ty/eleventy-plugin-syntaxhighlight"));
  }
  config.addPassthroughCopy({ static: "/" });
  config.addGlobalData("teams", @teams@);
  config.addGlobalData("layout", "base.njk");
  config.setUseGitIgnore(false);
  return {
    markdownTemplateEngine: false,
    dir: { input: "content", includes: "../_includes", output: "_site" },
  };
};
