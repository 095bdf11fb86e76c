// Searching all teams' pages. Pagefind and its index are loaded with the first word that somebody types, and of the
// index only what that word needs; which result is whose, when a team is chosen. Without this module the page is a list
// of all pages.
const PAUSE = 120 // milliseconds without a key before anything is asked
const PART = 10 // results that are shown at a time
const HEADINGS = 3 // places that are shown of one page

const page = document.querySelector('.mfe-search')
const [form, status, list, more, all] = ['form', '[role=status]', '.mfe-found', '.mfe-further', '.mfe-all'].map(it =>
  page.querySelector(it)
)
const { q, team } = form.elements
const here = new URL(location.href)
let asked = 0
let waiting = 0
let results = []

const place = name => new URL(`../search/${name}`, import.meta.url).href
const once = load => {
  let loaded
  return () => (loaded ??= load().catch(error => { loaded = undefined; throw error }))
}
const pagefind = once(() => import(place('pagefind.js')))
const owners = once(async () => (await fetch(place('teams.json'))).json())

const find = async words => {
  const found = (await (await pagefind()).search(words)).results
  if (!team?.value) return found
  const its = new Set((await owners())[team.value])
  return found.filter(it => its.has(it.id))
}

const made = (name, props = {}, ...children) => {
  const node = Object.assign(document.createElement(name), props)
  node.append(...children)
  return node
}

// An excerpt is text with <mark> around what was sought, its other signs escaped; as nodes, so that no HTML is parsed.
const plain = text => text.replace(/&(lt|gt|amp|quot|#39);/g, (_, name) => ({ lt: '<', gt: '>', amp: '&', quot: '"' })[name] ?? "'")
const marked = excerpt =>
  excerpt.split(/<mark>(.*?)<\/mark>/s).map((text, n) => (n % 2 ? made('mark', {}, plain(text)) : plain(text)))

const link = (url, title) => made('a', { href: url }, title)

const entry = ({ url, meta, excerpt, sub_results: parts }) => {
  const item = made('li', {}, link(url, meta.title), ' ', made('small', {}, label(meta.team)), made('p', {}, ...marked(excerpt)))
  const places = parts.filter(it => it.url !== url).slice(0, HEADINGS)
  if (places.length) item.append(made('ul', {}, ...places.map(it => made('li', {}, link(it.url, it.title)))))
  return item
}

const label = name => [...(team?.options ?? [])].find(it => it.value === name)?.text ?? ''

const say = (text, found) => {
  status.textContent = text
  list.hidden = !found
  all.hidden = Boolean(found)
  more.hidden = !found || list.childElementCount >= results.length
}

const show = async (number, focus) => {
  const start = list.childElementCount
  const next = await Promise.all(results.slice(start, start + PART).map(it => it.data()))
  if (number !== asked) return
  list.append(...next.map(entry))
  more.hidden = list.childElementCount >= results.length
  if (focus) list.children[start]?.querySelector('a').focus()
}

const search = async () => {
  const number = ++asked
  const words = q.value.trim()
  for (const [name, value] of [['q', words], ['team', team?.value]]) value ? here.searchParams.set(name, value) : here.searchParams.delete(name)
  history.replaceState(history.state, '', here)
  if (!words) return say('', false)
  try {
    const found = await find(words)
    if (number !== asked) return
    results = found
    list.replaceChildren()
    await show(number)
    if (number === asked) say(results.length ? `${form.dataset.found} ${results.length}` : form.dataset.none, results.length)
  } catch (error) {
    if (number === asked) say(form.dataset.failed, false)
    console.error(error)
  }
}

form.addEventListener('input', () => {
  clearTimeout(waiting)
  waiting = setTimeout(search, PAUSE)
})
form.addEventListener('submit', event => {
  event.preventDefault()
  clearTimeout(waiting)
  search()
})
more.addEventListener('click', () => show(asked, true))

q.value ||= here.searchParams.get('q') ?? ''
if (team) team.value ||= here.searchParams.get('team') ?? ''
if (team?.selectedIndex === -1) team.value = ''
if (q.value) search()
else if (!location.hash) q.focus()
