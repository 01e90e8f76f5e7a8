// Reads [{body, index, size, root, path}] (base64) and prints which proofs of inclusion @sigstore/verify accepts.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const { verifyMerkleInclusion } = require(`${process.argv[2]}/node_modules/@sigstore/verify/dist/tlog/merkle.js`);
const bytes = (text) => Buffer.from(text, "base64");

const accepted = JSON.parse(readFileSync(0, "utf8")).map(({ body, index, size, root, path }) => {
  const proof = { logIndex: String(index), hashes: path.map(bytes) };
  try {
    verifyMerkleInclusion(
      { canonicalizedBody: bytes(body), inclusionProof: proof },
      { logSize: String(size), logHash: bytes(root) },
    );
    return true;
  } catch {
    return false;
  }
});
console.log(JSON.stringify(accepted));
