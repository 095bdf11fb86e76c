/** JSON Schema (draft 2020-12), as much of it as `mfe_static/load/details.py` lets in. */

const TYPES = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  array: Array.isArray,
  null: (value) => value === null,
};
const list = (value) => (Array.isArray(value) ? value : [value]);
const has = (value, key) => Object.prototype.hasOwnProperty.call(value, key);
const like = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const within = (size, schema, least, most, what) =>
  size < schema[least] ? `needs at least ${schema[least]} ${what}` : size > schema[most] && `takes at most ${schema[most]} ${what}`;

/** What is wrong with a value, in words that begin with where it is; empty: nothing. */
export function fault(schema, value, at = "detail") {
  if (schema === true) return "";
  if (schema === false) return `${at} must not be there`;
  if (schema.type && !list(schema.type).some((type) => TYPES[type](value)))
    return `${at} must be ${list(schema.type).join(" or ")}, not ${kind(value)}`;
  const own = plain(schema, value);
  return own ? `${at} ${own}` : inner(schema, value, at) || combined(schema, value, at);
}

const kind = (value) => (value === undefined ? "missing" : Object.keys(TYPES).find((type) => TYPES[type](value)) ?? typeof value);

function plain(schema, value) {
  if (has(schema, "const") && !like(schema.const, value)) return `must be ${JSON.stringify(schema.const)}`;
  if (schema.enum && !schema.enum.some((one) => like(one, value))) return `must be one of ${JSON.stringify(schema.enum)}`;
  if (TYPES.number(value) && value < schema.minimum) return `must be at least ${schema.minimum}`;
  if (TYPES.number(value) && value > schema.maximum) return `must be at most ${schema.maximum}`;
  if (TYPES.string(value)) {
    if (schema.pattern && !RegExp(schema.pattern, "u").test(value)) return `must match ${schema.pattern}`;
    return within([...value].length, schema, "minLength", "maxLength", "characters");
  }
  return TYPES.array(value) && within(value.length, schema, "minItems", "maxItems", "items");
}

function inner(schema, value, at) {
  if (TYPES.array(value) && has(schema, "items")) return first(value, (one, index) => fault(schema.items, one, `${at}[${index}]`));
  if (!TYPES.object(value)) return "";
  const known = schema.properties ?? {};
  const missing = schema.required?.find((key) => !has(value, key));
  if (missing) return `${at}.${missing} is missing`;
  return first(Object.keys(value), (key) => {
    const its = has(known, key) ? known[key] : schema.additionalProperties;
    return its === undefined ? "" : fault(its, value[key], `${at}.${key}`);
  });
}

function combined(schema, value, at) {
  const fits = (one) => !fault(one, value, at);
  const every = first(schema.allOf ?? [], (one) => fault(one, value, at));
  if (every) return every;
  if (schema.anyOf && !schema.anyOf.some(fits)) return `${at} fits none of anyOf`;
  if (schema.oneOf && schema.oneOf.filter(fits).length !== 1) return `${at} must fit one of oneOf`;
  return has(schema, "not") && fits(schema.not) ? `${at} is what it must not be` : "";
}

/** The first text that is not empty. */
function first(items, of) {
  for (const [index, item] of items.entries()) {
    const found = of(item, index);
    if (found) return found;
  }
  return "";
}
