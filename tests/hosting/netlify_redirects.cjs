// Where Netlify's own engine leads requests: the path of a _redirects file, then paths to ask for; prints JSON.
const { readFileSync } = require("node:fs");
const { parsePlain } = require("netlify-redirector");

const [file, ...paths] = process.argv.slice(2);
parsePlain(readFileSync(file, "utf8"), {}).then((matcher) => {
  const ask = (path) => matcher.match({ scheme: "https", host: "apps.example.com", path, query: "",
    headers: {}, cookieValues: {}, getHeader: () => "", getCookie: () => "" });
  console.log(JSON.stringify(Object.fromEntries(paths.map((path) => [path, ask(path)]))));
});
