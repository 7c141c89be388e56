import { expect } from "chai";
import { withoutTsx } from "../helpers/workers.ts";

describe("mocha's processes", function () {
  it("start without tsx, and so do the programs that tests start", function () {
    expect(process.env["NODE_OPTIONS"] ?? "").not.to.match(/tsx/);
    expect(process.env["NODE_COMPILE_CACHE"]).to.match(/node_modules.\.cache.node/);
  });

  it("keep what else is loaded into them", function () {
    const tsx = '--import "file:///a/node_modules/tsx/dist/esm/index.mjs"';
    expect(withoutTsx(tsx)).to.equal("");
    expect(withoutTsx(`--import "./hook.ts" ${tsx}`)).to.equal('--import "./hook.ts"');
    expect(withoutTsx('--max-old-space-size=4096 --import "file:///a/tsx.mjs"')).to.equal(
      '--max-old-space-size=4096 --import "file:///a/tsx.mjs"',
    );
  });
});
