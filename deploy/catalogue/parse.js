// Prints what AsyncAPI's own parser has to say about a document: JSON, one object a finding.
const { Parser, fromFile } = require("@asyncapi/parser");

async function main(path) {
  const parser = new Parser();
  const { document, diagnostics } = await fromFile(parser, path).parse();
  const findings = diagnostics
    .filter((one) => one.severity <= 1)
    .map((one) => ({
      error: one.severity === 0,
      place: one.path.join("/"),
      message: one.message,
    }));
  const read = document
    ? { channels: document.channels().length, messages: document.messages().length }
    : null;
  console.log(JSON.stringify({ read, findings }));
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
