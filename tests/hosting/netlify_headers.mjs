// Prints the headers that Netlify sends for each path: netlify_headers.mjs FILE PATH…
import { parseAllHeaders } from '@netlify/headers-parser'

const [file, ...paths] = process.argv.slice(2)
const { headers, errors } = await parseAllHeaders({ headersFiles: [file], configHeaders: [], minimal: false })
if (errors.length > 0) {
  throw new Error(errors.map(({ message }) => message).join('\n'))
}
const sent = (path) =>
  Object.assign({}, ...headers.filter(({ forRegExp }) => forRegExp.test(path)).map(({ values }) => values))
console.log(JSON.stringify(Object.fromEntries(paths.map((path) => [path, sent(path)]))))
